/**
 * Goes back to a dump (docs/adr/004): it is restored into a new database, which is checked and only then takes the name
 * of the old one, in one transaction. Until that instant the old one is untouched, whatever fails; after it, it is kept
 * under another name.
 */
import { connect, type Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import type { Check } from '../check.ts';
import { errorCode } from '../migration-failure.ts';
import { serverVersion } from '../server-version.ts';
import { endSessions, othersConnected, sessionsBeyond } from '../sessions.ts';
import { identifier } from '../statement.ts';
import { requireWhole } from './dump-file.ts';
import { checkOriginalFunctionality } from './original-functionality.ts';
import { findTool, runTool, type ToolPlaces } from './postgres-tools.ts';
import { createTwin, dropLeftOver, stateOf, swap } from './twin-database.ts';

const OBJECT_IN_USE = '55006';
/** Bytes of a name in PostgreSQL; what is longer is cut off. */
const LONGEST_NAME = 63;

export interface RollbackOptions extends ToolPlaces {
  /** URL of the database that goes back. */
  url: string;
  file: string;
  /** Takes a dump of another database or without FILE.json, ends the sessions of others, and goes on when a check fails. */
  force: boolean;
  /** Aborted: the restore is stopped, and everything is as before. */
  signal: AbortSignal;
}

export interface Dump {
  file: string;
  /** The database and server that it was made of, and when, as the file itself tells. */
  database: string;
  serverVersion: string;
  createdAt: string;
}

export interface Rollback {
  /** The database that went back. */
  database: string;
  /** What it was before, under this name. */
  former: string;
  checks: Check[];
  /** Settings of the database that this role may not make anew: statements for a superuser. */
  uncopied: string[];
}

/**
 * Finds out all that would make a rollback fail or that it would hurt. Changes nothing.
 *
 * @throws BackupError: the file is missing, damaged or no dump, of another database or a newer server; others are
 * connected (each is named); a right or a fitting pg_restore is missing; a former rollback's database is still there
 */
export async function inspectRollback(options: RollbackOptions): Promise<Dump & { target: string }> {
  const { file, force } = options;
  await requireWhole(file, force);
  return await withServer(options, async (admin, target) => {
    const server = await serverVersion(admin);
    const dump = await readDump(admin, options);
    if (dump.database !== target && !force) {
      throw new BackupError(`${file} is a dump of the database ${dump.database}, not of ${target}.`, {
        help: 'Name that database in DATABASE_URL, or take it all the same: --force.',
      });
    }
    if (Number.parseInt(dump.serverVersion, 10) > server.major) {
      throw new BackupError(
        `${file} comes from PostgreSQL ${dump.serverVersion}, which is newer than this server (${server.version}).`,
      );
    }
    await requireRights(admin, target);
    await requireNames(admin, target);
    await (force ? requireMayEndSessions : requireAlone)(admin, target);
    return { ...dump, target };
  });
}

/**
 * Restores the dump. Call inspectRollback() before.
 *
 * @throws BackupError; the database is as it was
 */
export async function rollBack(options: RollbackOptions): Promise<Rollback> {
  const { file, force, signal, path, url } = options;
  return await withServer(options, async (admin, database) => {
    const { twin, former } = namesFor(database);
    const pgRestore = await findTool('pg_restore', await serverVersion(admin), options);
    try {
      await dropLeftOver(admin, twin);
      const uncopied = await createTwin(admin, database, twin);
      const args = ['--exit-on-error', '--no-password', `--dbname=${twin}`, file];
      await runTool(pgRestore, args, { sql: admin, database: twin, path, signal });
      const checks = await checkTwin(url, twin, signal);
      const failed = checks.filter(({ status }) => status === 'failed');
      if (failed.length > 0 && !force) {
        const list = failed.map((one) => `\n  ${one.name}: ${one.detail}`).join('');
        throw new BackupError(`What the dump holds does not work, and nothing was changed:${list}`, {
          help: 'Take an older backup, or go back to this one all the same: --force.',
        });
      }
      if (signal.aborted) throw new BackupError('Interrupted.');
      if (!force) await requireAlone(admin, database);
      await takePlace(admin, { database, twin, former }, force);
      return { database, former, checks, uncopied };
    } catch (error) {
      await dropLeftOver(admin, twin).catch(() => undefined);
      throw error instanceof BackupError ? error : failure(error, force);
    }
  });
}

/** Works on the server, connected to no database that is renamed. */
async function withServer<T>(
  { url }: RollbackOptions,
  work: (admin: Sql, database: string) => Promise<T>,
): Promise<T> {
  const database = connect(url).options.database ?? '';
  const admin = connect(url, { database: database === 'postgres' ? 'template1' : 'postgres', max: 2 });
  try {
    return await work(admin, database);
  } finally {
    await admin.end({ timeout: 5 });
  }
}

/** What pg_restore reads at the beginning of the file. */
async function readDump(admin: Sql, options: RollbackOptions): Promise<Dump> {
  const { file, path, signal } = options;
  const pgRestore = await findTool('pg_restore', await serverVersion(admin), options);
  const list = await runTool(pgRestore, ['--list', file], { sql: admin, database: 'postgres', path, signal });
  const fact = (name: string) => new RegExp(`^; *${name}:? (.+)$`, 'm').exec(list)?.[1] ?? '';
  return {
    file,
    database: fact('dbname'),
    // Distributions append a name of their own.
    serverVersion: fact('Dumped from database version').replace(/ .*/, ''),
    createdAt: fact('Archive created at'),
  };
}

async function requireAlone(admin: Sql, database: string): Promise<void> {
  const others = await othersConnected(admin, database);
  if (others === undefined) return;
  throw new BackupError(others, {
    help: 'Stop the application and this service first, or end these sessions: --force.',
  });
}

async function requireMayEndSessions(admin: Sql, database: string): Promise<void> {
  const beyond = await sessionsBeyond(admin, database);
  if (beyond.length === 0) return;
  // Not the one that logged in: the settings of that may have it act as another.
  const [{ role }] = await admin<[{ role: string }]>`SELECT current_user AS role`;
  throw new BackupError(
    `The role ${role} may not end these sessions in ${database}:\n  ${beyond.join('\n  ')}`,
    {
      help:
        `Stop them, or as a superuser: GRANT pg_signal_backend TO ${identifier(role)}; ` +
        '(docs/rights.md). Sessions of a superuser only a superuser may end.',
    },
  );
}

async function requireRights(admin: Sql, database: string): Promise<void> {
  const [row] = await admin<{ may_create: boolean; owns: boolean }[]>`
    SELECT rolsuper OR rolcreatedb AS may_create, pg_has_role(datdba, 'USAGE') AS owns
    FROM pg_database, pg_roles WHERE datname = ${database} AND rolname = current_user`;
  if (!row)
    throw new BackupError(`There is no database ${database}.`, { help: 'Create an empty one first.' });
  if (row.may_create && row.owns) return;
  throw new BackupError(
    `The role ${admin.options.user} may not replace ${database}: it must own it and may create databases.`,
    { help: 'Use the owner in DATABASE_URL, and as a superuser: ALTER ROLE ... CREATEDB.' },
  );
}

async function requireNames(admin: Sql, database: string): Promise<void> {
  const { twin, former } = namesFor(database);
  for (const name of [twin, former]) {
    if ((await stateOf(admin, name)) !== 'there') continue;
    throw new BackupError(`There is a database ${name} already.`, {
      help: `${name === former ? 'An earlier rollback kept it' : 'No rollback made it'}. When it is not needed any more: DROP DATABASE "${name}".`,
    });
  }
}

function namesFor(database: string): { twin: string; former: string } {
  const named = (suffix: string) => {
    let stem = database;
    while (Buffer.byteLength(stem + suffix) > LONGEST_NAME) stem = stem.slice(0, -1);
    return stem + suffix;
  };
  return { twin: named('_rollback'), former: named('_before_rollback') };
}

async function checkTwin(url: string, twin: string, signal: AbortSignal): Promise<Check[]> {
  const sql = connect(url, { database: twin, max: 1, signal });
  try {
    return await checkOriginalFunctionality(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Sessions are ended until the swap is done: a pool connects again at once, and only the swap itself makes it wait. */
async function takePlace(admin: Sql, names: Parameters<typeof swap>[1], force: boolean): Promise<void> {
  const end = () => void endSessions(admin, names.database).catch(() => undefined);
  const ending = force ? setInterval(end, 50) : undefined;
  try {
    await swap(admin, names);
  } finally {
    clearInterval(ending);
  }
}

const BUSY = {
  alone: 'Stop the application first, or end its sessions: --force.',
  forced: 'Stop the application first: its sessions could not be ended for good.',
};

function failure(error: unknown, force: boolean): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  return new BackupError(`The rollback failed, and the database is as it was: ${(error as Error).message}.`, {
    cause: error,
    ...(code === OBJECT_IN_USE ? { help: BUSY[force ? 'forced' : 'alone'] } : {}),
  });
}
