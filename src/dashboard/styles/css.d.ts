/** The build puts stylesheets in as text. */
declare module '*.css' {
  const text: string;
  export default text;
}
