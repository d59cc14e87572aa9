/** The program as it is installed: bundled once for each run of the tests, since a bundle starts six times as fast as the sources. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Below node_modules, so that git and the linter ignore it and the bundle finds its packages. */
const FOLDER = `${ROOT}node_modules/.cache/dashboard-stats-tests`;
/** What `dist/cli.js` is in an installed package. */
export const CLI = `${FOLDER}/cli.js`;

export default function setup(): void {
  execFileSync(process.execPath, ['build.mjs', FOLDER], { cwd: ROOT });
}
