/** The mark of the product, a drop of water with a flame in it: in the header, and as the icon of the browser's tab. */
import { renderToString } from 'preact-render-to-string';

function Shapes() {
  return (
    <>
      <circle cx="16" cy="16" r="16" fill="#0f7c8f" />
      <path d="M16 5c4 5 7.5 8.8 7.5 13.2a7.5 7.5 0 0 1-15 0C8.5 13.8 12 10 16 5z" fill="#fff" />
      <path d="M16 13.5c2 2.7 3.4 4.3 3.4 6.4a3.4 3.4 0 0 1-6.8 0c0-2.1 1.4-3.7 3.4-6.4z" fill="#f29a2e" />
    </>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <Shapes />
    </svg>
  );
}

/** The mark as a file. */
export function markFile(): string {
  return renderToString(
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true">
      <Shapes />
    </svg>,
  );
}
