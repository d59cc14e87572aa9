// Bundles the entries, the program that they start, and all packages that it imports into dist/: reading some 400 files of packages would
// take a third of a start (docs/adr/020), and postgres is patched only here (docs/adr/002). Another folder than dist/ may be named.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildAssets } from './build-assets.mjs';
import { licences } from './build-licences.mjs';

const outdir = process.argv[2] ?? 'dist';

const INPUTS = [
  'src',
  'patches',
  'package.json',
  'build.mjs',
  'build-assets.mjs',
  'build-licences.mjs',
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

const common = {
  outdir,
  bundle: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  sourcemap: true,
  // The sources of packages would be half of what is published.
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // Where dist/ cannot be written each file fails, and one line says so.
  logLimit: 1,
};
const forNode = { ...common, platform: 'node', target: 'node20.19' };
/** esbuild has said what is wrong. */
const failed = () => process.exit(1);

/** A file of its own, so that an entry runs before it is loaded (src/commands/stop-signal.ts). */
const programStaysOutside = {
  name: 'program-stays-outside',
  setup({ onResolve }) {
    onResolve({ filter: /\/commands\/run\.ts$/ }, () => ({ path: './run.js', external: true }));
  },
};
await build({ ...forNode, entryPoints: ['src/main.ts', 'src/cli.ts'], plugins: [programStaysOutside] }).catch(
  failed,
);
// Where the rest fails, dist/ is of no one state.
rmSync(stamp, { force: true });
// One file, with what it imports later too: a running service never looks for a file that a newer build has replaced.
const program = await build({
  ...forNode,
  entryPoints: ['src/commands/run.ts'],
  // Packages that are CommonJS require what belongs to Node.
  banner: { js: "const require = process.getBuiltinModule('module').createRequire(import.meta.url);" },
}).catch(failed);
// What other programs and pages import.
await build({ ...common, entryPoints: ['src/client/client.ts'], target: 'es2022' }).catch(failed);
const assets = await buildAssets(join(outdir, 'public')).catch(failed);
writeFileSync(join(outdir, 'THIRD-PARTY.md'), licences([program.metafile, ...assets]));
writeFileSync(stamp, state);
