/** A clone of the repository runs its own sources; an installed package lies below node_modules. */
const INSTALLED = import.meta.url.includes('/node_modules/');

/**
 * Messages name a command as `dashboard-stats NAME`, which is what one types where the package is installed. In a clone
 * there is no such program, and npm runs it.
 *
 * @param names of all commands
 */
export function asTyped(text: string, names: readonly string[], installed = INSTALLED): string {
  if (installed) return text;
  return text.replace(
    new RegExp(`\\bdashboard-stats (?=(${names.join('|')})\\b)`, 'g'),
    'npm run --silent cli -- ',
  );
}
