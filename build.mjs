// Bundles the entries into dist/. Packages stay outside of it, so node_modules decides their versions; but postgres
// goes in, since only here it is patched (docs/adr/002).
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  entryPoints: ['src/main.ts', 'src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  external: Object.keys(dependencies).filter((name) => name !== 'postgres'),
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
});
