/**
 * Goes back to a dump (docs/adr/004): it is restored into a new database, which only then takes the name of the old one, in
 * one transaction. Until that instant the old one is untouched, whatever fails; after it, it is kept under another name.
 */
import { connect, type Sql } from '../db/connection.ts';
import { BackupError } from '../errors.ts';
import { factsFileOf, readDumpFile, requireFitting } from './dump-file.ts';
import { lostRights, readRights } from './lost-rights.ts';
import { errorCode } from './migration-failure.ts';
import { findTool, runTool, type ToolPlaces } from './postgres-tools.ts';
import { requireAlone, requireFreeNames, requireRights } from './rollback-checks.ts';
import { serverVersion } from './server-version.ts';
import { endSessions } from './sessions.ts';
import { identifier } from './statement.ts';
import { createTwin, dropLeftOver, swap } from './twin-database.ts';

export interface RollbackOptions extends ToolPlaces {
  /** URL of the database that goes back. */
  url: string;
  file: string;
  /** Accepts a dump of another database, without FILE.json, or without the application's tables; ends the sessions of others. */
  force: boolean;
  /** Aborted: the restore is stopped, and everything is as before. */
  signal: AbortSignal;
  /** Called when every check has passed, with what would replace which database. false: nothing is changed. */
  confirm: (dump: Dump, database: string) => Promise<boolean>;
}

/** As the file itself says. */
export interface Dump {
  file: string;
  /** The database and server that it was made of, and when. */
  database: string;
  serverVersion: string;
  createdAt: string;
}

export interface Rollback {
  dump: Dump;
  /** The database that went back. */
  database: string;
  /** What it was before, under this name. */
  former: string;
  /** Restored rows by table; null: the dump has no such table, or it cannot be read. */
  rows: Readonly<Record<string, number | null>>;
  /** Statements for the rights and settings that the former database had and the restored one lacks. */
  lost: string[];
}

/** Of schema 2.0, those that the application cannot do without. */
const TABLES = ['Roles', 'Users', 'Projects'];
/** Bytes of a name in PostgreSQL; what is longer is cut off. */
const LONGEST_NAME = 63;
const OBJECT_IN_USE = '55006';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * @returns undefined where `confirm` said no
 * @throws BackupError, and the database is as it was. Before anything is changed: the file is missing, damaged or no dump,
 * of another database or a newer server; others are connected (each is named); a right or a fitting pg_restore is missing;
 * a former rollback's database is still there. Later: the restore failed, somebody
 * stayed connected, or the role may not end the sessions of others
 */
export async function rollBack(options: RollbackOptions): Promise<Rollback | undefined> {
  const { url, file, force, signal, path, confirm } = options;
  await requireDescribed(file, force, signal);
  const database = connect(url).options.database ?? '';
  const names = { database, ...namesBeside(database) };
  // Connected to no database that is renamed.
  const admin = connect(url, { database: database === 'postgres' ? 'template1' : 'postgres', max: 2 });
  try {
    const server = await serverVersion(admin);
    const pgRestore = await findTool('pg_restore', server, options);
    const restore = (args: readonly string[], into: string) =>
      runTool(pgRestore, [...args, file], { sql: admin, database: into, path, signal });
    const dump = describe(file, await restore(['--list'], 'postgres'));
    requireFitting(file, dump, { database, server }, force);
    await requireRights(admin, database);
    await requireFreeNames(admin, names);
    if (!force) await requireAlone(admin, database);
    if (!(await confirm(dump, database))) return undefined;
    const fill = () => restore(['--exit-on-error', '--no-password', `--dbname=${names.twin}`], names.twin);
    return { dump, ...(await replace(admin, names, fill, options)) };
  } finally {
    await admin.end({ timeout: 5 });
  }
}

async function replace(
  admin: Sql,
  { database, twin, former }: { database: string; twin: string; former: string },
  fill: () => Promise<unknown>,
  options: RollbackOptions,
): Promise<Omit<Rollback, 'dump'>> {
  const { url, force, signal } = options;
  try {
    // Here for the first time, because a right that is missing for it must not show after the restore.
    if (force) await endSessions(admin, database);
    await dropLeftOver(admin, twin);
    const rights = await readRights(url, database, signal);
    const settings = await createTwin(admin, database, twin);
    await fill();
    const rows = await countRows(options, twin);
    const lost = [...settings, ...lostRights(rights, await readRights(url, twin, signal))];
    if (signal.aborted) throw new BackupError('Interrupted.');
    if (!force) await requireAlone(admin, database);
    await takePlace(admin, { database, twin, former }, force);
    return { database, former, rows, lost };
  } catch (error) {
    await dropLeftOver(admin, twin).catch(() => undefined);
    throw failure(error, force);
  }
}

async function requireDescribed(file: string, force: boolean, signal: AbortSignal): Promise<void> {
  if ((await readDumpFile(file, signal)) || force) return;
  throw new BackupError(
    `${factsFileOf(file)} is missing or not what \`backup\` writes, so ${file} cannot be checked.`,
    { help: 'Put it back beside the dump. A dump that was made by hand has none: --force accepts it.' },
  );
}

/** `twin`: what the dump is restored into; `former`: what the database is called afterwards. */
function namesBeside(database: string): { twin: string; former: string } {
  const names = { twin: `${database}_rollback`, former: `${database}_before_rollback` };
  if (Buffer.byteLength(names.former) <= LONGEST_NAME) return names;
  throw new BackupError(`The name of ${database} is too long: beside it there must be a ${names.former}.`);
}

/** @param list what pg_restore reads at the beginning of the file */
function describe(file: string, list: string): Dump {
  const fact = (name: string) => new RegExp(`^; *${name}:? (.+)$`, 'm').exec(list)?.[1] ?? '';
  return {
    file,
    database: fact('dbname'),
    // Distributions append a name of their own.
    serverVersion: fact('Dumped from database version').replace(/ .*/, ''),
    createdAt: fact('Archive created at'),
  };
}

/** The guide's step "confirm original functionality": what the application needs is there, unless forced. */
async function countRows(
  { url, force, signal }: RollbackOptions,
  database: string,
): Promise<Rollback['rows']> {
  const sql = connect(url, { database, max: 1, signal });
  const rows: Record<string, number | null> = {};
  try {
    for (const table of TABLES) {
      const [row] = await sql<{ count: number }[]>`SELECT count(*) FROM ${sql(table)}`.catch((cause) => {
        if (force && !signal.aborted) return [];
        throw new BackupError(
          `What the dump has cannot be used, and nothing was changed: ${identifier(table)}: ${cause.message}.`,
          { cause, help: 'Use an older backup, or go back to this one all the same: --force.' },
        );
      });
      rows[table] = row?.count ?? null;
    }
    return rows;
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

function failure(error: unknown, force: boolean): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const help: Record<string, string> = {
    [OBJECT_IN_USE]: `Stop the application first${force ? ': its sessions could not be ended for good' : ', or end its sessions: --force'}.`,
    [INSUFFICIENT_PRIVILEGE]:
      'The role lacks a right of docs/rights.md; to end the sessions of others it is pg_signal_backend.',
  };
  return new BackupError(`The rollback failed, and the database is as it was: ${(error as Error).message}.`, {
    cause: error,
    ...(help[code] === undefined ? {} : { help: help[code] }),
  });
}
