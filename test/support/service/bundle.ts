/** The program as it is installed, and a process of the tests: bundled once for each run of the tests, since a bundle starts six times as fast as the sources. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Below node_modules, so that git and the linter ignore it and the bundle finds its packages. */
const FOLDER = `${ROOT}node_modules/.cache/dashboard-stats-tests`;
/** What `dist/cli.js` is in an installed package. */
export const CLI = `${FOLDER}/cli.js`;

/** What it serves to browsers. */
export const ASSETS = `${FOLDER}/public`;
/** See embedded-holder.ts. */
export const EMBEDDED_HOLDER = `${FOLDER}/embedded-holder.js`;

export default function setup(): void {
  execFileSync(process.execPath, ['build.mjs', FOLDER], { cwd: ROOT });
  const entryPoints = [fileURLToPath(new URL('../servers/embedded-holder.ts', import.meta.url))];
  buildSync({
    entryPoints,
    outfile: EMBEDDED_HOLDER,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
}
