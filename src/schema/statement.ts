/** The parts of a statement that a person will run, on whatever search path: names are whole and always quoted. */

/** `"public"."Projects"` */
export function identifier(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** Text, or a list as jsonb. */
export function literal(value: string | readonly string[]): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.replaceAll("'", "''")}'`;
}
