/** A clone of the repository runs its own sources; an installed package lies below node_modules. */
const INSTALLED = import.meta.url.includes('/node_modules/');

/**
 * Messages name a command as `dashboard-stats NAME`. One types it so that npm finds the program: in the clone, or where
 * the package is installed, which need not be on the PATH.
 *
 * @param names of all commands
 */
export function asTyped(text: string, names: readonly string[], installed = INSTALLED): string {
  return text.replace(
    new RegExp(`\\bdashboard-stats (?=(${[...names, 'COMMAND'].join('|')})\\b)`, 'g'),
    installed ? 'npx dashboard-stats ' : 'npm run --silent cli -- ',
  );
}
