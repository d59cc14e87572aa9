// Bundles the entries into dist/. Packages stay outside of it, so node_modules decides their versions; but postgres goes
// in, since only here it is patched (docs/adr/002). Split, so that an entry runs before the packages are loaded
// that it imports later (src/commands/stop-signal.ts). Another folder than dist/ may be named.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildAssets } from './build-assets.mjs';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const outdir = process.argv[2] ?? 'dist';

const INPUTS = [
  'src',
  'patches',
  'package.json',
  'build.mjs',
  'build-assets.mjs',
  'node_modules/.package-lock.json',
];

/** Of each file, when it was changed and its size. */
function stateOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return [`${path} ${stats?.mtimeMs} ${stats?.size}`];
  return readdirSync(path).flatMap((name) => stateOf(join(path, name)));
}

// `npm start` and every command build first: where nothing has changed since the last build, it is kept.
const state = INPUTS.flatMap(stateOf).join('\n');
const stamp = join(outdir, 'built-from');
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) process.exit();

await build({
  entryPoints: ['src/main.ts', 'src/cli.ts'],
  outdir,
  bundle: true,
  splitting: true,
  // No hash: a build takes the place of the one before, and leaves nothing of it.
  chunkNames: '[name]',
  external: Object.keys(dependencies),
  platform: 'node',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
  // Where dist/ cannot be written each file fails, and one line says so.
  logLimit: 1,
}).catch(() => process.exit(1));
// What other programs and pages import, whole.
await build({
  entryPoints: ['src/client/client.ts'],
  outdir,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  logLevel: 'warning',
}).catch(() => process.exit(1));
await buildAssets(join(outdir, 'public')).catch(() => process.exit(1));
writeFileSync(stamp, state);
