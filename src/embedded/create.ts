/**
 * Makes a database: initdb in a folder of a temporary name, renamed when all of it is on disk. Where the server's account
 * cannot reach DATA_DIR, in a folder of our own under /var/lib that DATA_DIR then links to.
 */
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  realpath,
  rename,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { type Account, mayWrite, runAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { childFailed, onlyIf } from './failures.ts';

/** How the names of folders begin that hold no complete database yet. */
export const UNFINISHED = 'postgres-init-';
const STATE_DIR = '/var/lib/dashboard-stats';

export interface CreateOptions {
  dataDir: string;
  account: Account | undefined;
  binaries: Binaries;
  /** False: a fresh database is not forced to disk (tests). */
  durable: boolean;
  /** Where a database lives whose DATA_DIR the account cannot reach; default /var/lib/dashboard-stats. */
  stateDir?: string | undefined;
  log: (line: string) => void;
}

/** Makes the database that `name` (`<DATA_DIR>/postgres`) is to stand for; returns its real path. */
export async function createDatabase(
  name: string,
  password: string,
  options: CreateOptions,
): Promise<string> {
  const { dataDir, account, stateDir = STATE_DIR, log } = options;
  let parent = dataDir;
  let stage = await makeStage(parent, account);
  if (stage === undefined) {
    await mkdir(stateDir, { recursive: true });
    await chmod(stateDir, 0o755); // whatever the umask is
    parent = await mkdtemp(join(stateDir, 'data-'));
    await chmod(parent, 0o755);
    await writeFile(join(parent, 'made-for'), `${dataDir}\n`); // for whoever cleans up there
    log(`${account?.name} cannot reach ${dataDir}: the database is kept in ${parent}, ${name} links to it`);
    stage = await makeStage(parent, account);
  }
  if (stage === undefined) {
    throw new EmbeddedServerError(
      `The account ${account?.name}, which must run PostgreSQL, can reach neither ${dataDir} nor ${parent}.`,
      {
        help: 'Set DATA_DIR to a folder that it can reach, or start as an ordinary user, or set DATABASE_URL.',
      },
    );
  }
  try {
    await initdb(stage, password, options);
    const path = join(parent, 'postgres');
    await rename(join(stage, 'data'), path);
    await sync(parent);
    if (path !== name) {
      await symlink(path, name);
      await sync(dataDir);
    }
    return await realpath(path);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** An empty folder in `parent` that the account can write; undefined where it cannot reach it. */
async function makeStage(parent: string, account: Account | undefined): Promise<string | undefined> {
  const stage = await mkdtemp(join(parent, UNFINISHED));
  if (account === undefined) return stage;
  // Some mounts refuse chown even to root.
  await chown(stage, account.uid, account.gid).catch(onlyIf('EPERM', 'EINVAL'));
  if (await mayWrite(account, stage)) return stage;
  await rmdir(stage);
  return undefined;
}

/**
 * `builtin` C.UTF-8 (PostgreSQL 17 and later) gives lower() and friends for all of Unicode and an order by code point, the
 * same on every machine; before 17 the C library's locale of that name comes close.
 */
async function initdb(stage: string, password: string, options: CreateOptions): Promise<void> {
  const { account, binaries, durable, dataDir } = options;
  const passwordFile = join(stage, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const locale =
    binaries.major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8'];
  const { ok, output } = await runAs(account, binaries.initdb, [
    ...[
      '-D',
      join(stage, 'data'),
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
    ],
    ...[...locale, '--lc-messages=C', ...(durable ? [] : ['--no-sync'])],
  ]);
  if (!ok) throw childFailed('Making a database', dataDir, output.trim().split('\n').slice(-50));
}

/** Puts a rename in `folder` on disk: after a power cut the database must not be back under its temporary name. */
async function sync(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
