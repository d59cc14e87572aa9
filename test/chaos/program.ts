/** The program under test: src/ bundled as build.mjs does, with deliberate bugs where a test wants them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };

/** Puts `put` in the place of `take`, which must stand exactly once in that file of src/. */
export interface Patch {
  file: string;
  take: string;
  put: string;
}

export interface Program {
  /** To be run by node. */
  path: string;
  remove(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export async function buildProgram(patches: readonly Patch[] = []): Promise<Program> {
  // Below the package's folder, so that its packages and sql/ are found.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.dashboard-stats-'));
  const path = join(folder, 'cli.mjs');
  const left = new Set(patches);
  await build({
    entryPoints: [join(ROOT, 'src/cli.ts')],
    outfile: path,
    bundle: true,
    external: Object.keys(packageJson.dependencies).filter((name) => name !== 'postgres'),
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
    plugins: [
      {
        name: 'patches',
        setup: ({ onLoad }) =>
          onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path: file }) => {
            const mine = patches.filter((patch) => file === join(ROOT, patch.file));
            let contents = await readFile(file, 'utf8');
            for (const patch of mine) {
              const parts = contents.split(patch.take);
              if (parts.length !== 2)
                throw new Error(`${patch.file} has ${parts.length - 1} times: ${patch.take}`);
              contents = parts.join(patch.put);
              left.delete(patch);
            }
            return { contents, loader: 'ts' };
          }),
      },
    ],
  });
  if (left.size > 0) throw new Error(`Not part of the program: ${[...left].map(({ file }) => file)}`);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
