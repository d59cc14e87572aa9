/**
 * The database's files: the folder `<DATA_DIR>/postgres` with `data` (PostgreSQL's data directory), `password` and `log`.
 * As root it is a link to a folder below /var/lib/dashboard-stats, because the account that runs PostgreSQL often cannot
 * enter root's own folders.
 *
 * What has that name is a complete database: it is made under a temporary name, which changes when all is on disk. A first
 * start that was killed leaves a folder that the next start clears away; nothing here ever removes a complete database.
 */
import {
  chown,
  lstat,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { type Account, makeRootDir, run, serverAccount } from './account.ts';
import { onlyIf, programFailed } from './failures.ts';
import type { EmbeddedOptions } from './options.ts';
import { makePassword, writePrivate } from './private-file.ts';
import type { Programs } from './programs.ts';

export interface Cluster {
  /** Real path of PostgreSQL's data directory. */
  readonly data: string;
  /** What postgres writes to stderr since its last start. */
  readonly logFile: string;
  readonly password: string;
  /** Owner of the files, which postgres runs as; undefined: ourselves. */
  readonly account: Account | undefined;
}

const clusterOf = (dataDir: string) => join(dataDir, 'postgres');

/** Whether a database was made there; it may be damaged. */
export async function hasEmbedded(dataDir: string): Promise<boolean> {
  return (await lstat(clusterOf(dataDir)).catch(() => undefined)) !== undefined;
}

export async function openCluster(options: EmbeddedOptions, programs: Programs): Promise<Cluster> {
  const name = clusterOf(options.dataDir);
  const ranBefore = options.port !== undefined;
  if (!ranBefore && !(await lstat(name).catch(onlyIf('ENOENT'))))
    await createCluster(name, options, programs);
  const version = (await readFile(join(name, 'data', 'PG_VERSION'), 'utf8').catch(onlyIf('ENOENT')))?.trim();
  if (version === undefined) {
    throw new EmbeddedServerError(`${name} holds no PostgreSQL database, or links to one that is gone.`, {
      help: 'Bring the database back, or move this away to begin a fresh one, or set DATA_DIR to another folder.',
    });
  }
  if (version !== String(programs.major)) {
    throw new EmbeddedServerError(
      `The database in ${name} was made by PostgreSQL ${version}; this program runs PostgreSQL ${programs.major}.`,
      {
        help: `Carry it over with pg_dump of PostgreSQL ${version} and pg_restore, or move ${name} away to begin a fresh database, or set DATABASE_URL.`,
      },
    );
  }
  const folder = await realpath(name);
  const password = (await readFile(join(folder, 'password'), 'utf8').catch(onlyIf('ENOENT')))?.trim();
  if (!password) throw passwordLost(folder);
  const data = join(folder, 'data');
  const { uid, gid } = await stat(data);
  const account = process.getuid?.() === 0 ? { uid, gid } : undefined;
  return { data, logFile: join(folder, 'log'), password, account };
}

export function passwordLost(folder: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `The password of the database is lost: ${join(folder, 'password')} is missing or wrong.`,
    {
      help: 'Bring that file back from where the folder came from, or move the folder away to begin a fresh database.',
    },
  );
}

async function createCluster(name: string, options: EmbeddedOptions, programs: Programs): Promise<void> {
  const { dataDir, rootDir, settings } = options;
  const account = await serverAccount();
  const parent = account ? await makeRootDir(rootDir) : dataDir;
  // Below /var/lib the name says whose it is.
  const prefix = account ? dataDir.replaceAll(/[^\w.]+/g, '-').slice(-80) : 'postgres';
  const draft = `${prefix}.unfinished-`;
  for (const left of (await readdir(parent)).filter((entry) => entry.startsWith(draft)))
    await rm(join(parent, left), { recursive: true, force: true, maxRetries: 3 });

  const stage = await mkdtemp(join(parent, draft));
  const path = account ? stage.replace(draft, `${prefix}-`) : name;
  try {
    if (account) await chown(stage, account.uid, account.gid);
    await initdb(stage, account, programs, settings?.['fsync'] === 'off' ? ['--no-sync'] : []);
    await rename(stage, path);
    await syncFolder(parent);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
  if (account) await symlink(path, name);
}

/**
 * `builtin` C.UTF-8 (PostgreSQL 17 and later) gives lower() and friends for all of Unicode and an order by code point, the
 * same on every machine; before 17 the C library's locale of that name comes close.
 */
async function initdb(
  stage: string,
  account: Account | undefined,
  { binDir, major }: Programs,
  more: readonly string[],
): Promise<void> {
  const passwordFile = join(stage, 'password');
  await writePrivate(passwordFile, `${makePassword()}\n`);
  if (account) await chown(passwordFile, account.uid, account.gid);
  const locale =
    major >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C.UTF-8'];
  const { ok, output } = await run(account, join(binDir, 'initdb'), [
    ...[`--pgdata=${join(stage, 'data')}`, '--username=postgres', `--pwfile=${passwordFile}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', ...locale, '--lc-messages=C', ...more],
  ]);
  if (!ok) throw programFailed('Making a database', stage, output);
}

/** Puts a rename in `folder` on disk: after a power cut the database must not be back under its temporary name. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
