/**
 * Goes back to a dump (docs/adr/004): it is restored into a new database, which only then takes the name of the old one, in
 * one transaction. Until that instant the old one is untouched, whatever fails; after it, it is kept under another name.
 */
import type { Address } from '../address/address.ts';
import { connect, type Sql } from '../db/connection.ts';
import { BackupError } from '../errors.ts';
import { followCopies, type OnRows, rowsToCopy } from './copied-rows.ts';
import { checkDump, type DumpFacts } from './dump-file.ts';
import { lostRights, readRights } from './lost-rights.ts';
import { errorCode } from './migration-failure.ts';
import { findTool, runTool, type ToolPlaces } from './postgres-tools.ts';
import { requireAlone, requireFreeNames, requireRights } from './rollback-checks.ts';
import { serverVersion } from './server-version.ts';
import { endSessions } from './sessions.ts';
import { identifier } from './statement.ts';
import { createTwin, dropLeftOver, swap, type TwinNames } from './twin-database.ts';

export interface RollbackOptions extends ToolPlaces {
  /** Of the database that goes back. */
  address: Address;
  file: string;
  /** Accepts a dump of another database, without FILE.json, or without the application's tables; ends the sessions of others. */
  force: boolean;
  /** Told how many rows of about how many are restored. */
  onRows?: OnRows;
  /** Aborted: the restore is stopped, and everything is as before. */
  signal: AbortSignal;
  /**
   * Called when every check has passed, with what would replace which database; undefined: FILE.json is missing, so nobody
   * knows. false: nothing is changed.
   */
  confirm: (dump: DumpFacts | undefined, database: string) => Promise<boolean>;
}

export interface Rollback {
  dump: DumpFacts | undefined;
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

/**
 * @returns undefined where `confirm` said no
 * @throws BackupError, and the database is as it was. Before anything is changed: the file is missing, damaged, of another
 * database or a newer server; others are connected (each is named); a right or a fitting pg_restore is missing; a former
 * rollback's database is still there. Later: the restore failed, somebody stayed connected, or the role may not end the
 * sessions of others
 */
export async function rollBack(options: RollbackOptions): Promise<Rollback | undefined> {
  const { address, file, force, signal, path, confirm } = options;
  const database = connect(address).options.database ?? '';
  const names = { database, twin: `${database}_rollback`, former: `${database}_before_rollback` };
  // Connected to no database that is renamed.
  const admin = connect(address, { database: database === 'postgres' ? 'template1' : 'postgres', max: 2 });
  try {
    const server = await serverVersion(admin);
    const dump = await checkDump(file, { database, server }, { force, signal });
    const pgRestore = await findTool(
      'pg_restore',
      server,
      options,
      dump && Number.parseInt(dump.pgDumpVersion, 10),
    );
    await requireRights(admin, database);
    await requireFreeNames(admin, names);
    if (!force) await requireAlone(admin, database);
    if (!(await confirm(dump, database))) return undefined;
    const args = ['--exit-on-error', '--no-password', `--dbname=${names.twin}`, file];
    // As many as there are now, about: what the dump has nobody says.
    const fill = (total: number) =>
      followCopies(admin, names.twin, { total, onRows: options.onRows }, () =>
        runTool(pgRestore, args, { sql: admin, database: names.twin, path, signal }),
      );
    return { dump, ...(await replace(admin, names, fill, options)) };
  } finally {
    await admin.end({ timeout: 5 });
  }
}

async function replace(
  admin: Sql,
  names: TwinNames,
  fill: (total: number) => Promise<unknown>,
  { address, force, signal }: RollbackOptions,
): Promise<Omit<Rollback, 'dump'>> {
  const { database, twin, former } = names;
  const inside = async <T>(name: string, work: (sql: Sql) => Promise<T>): Promise<T> => {
    const sql = connect(address, { database: name, max: 1, signal });
    return work(sql).finally(() => sql.end({ timeout: 5 }));
  };
  try {
    // Here for the first time, because a right that is missing for it must not show after the restore.
    if (force) await endSessions(admin, database);
    await dropLeftOver(admin, twin);
    const rights = await inside(database, readRights);
    const settings = await createTwin(admin, names);
    await fill(await inside(database, rowsToCopy));
    const rows = await inside(twin, (sql) => countRows(sql, force && !signal.aborted));
    const lost = [...settings, ...lostRights(rights, await inside(twin, readRights))];
    if (signal.aborted) throw new BackupError('Interrupted.');
    if (!force) await requireAlone(admin, database);
    await swap(admin, names, force);
    return { database, former, rows, lost };
  } catch (error) {
    await dropLeftOver(admin, twin).catch(() => undefined);
    throw failure(error, force);
  }
}

/** The guide's step "confirm original functionality": what the application needs is there, unless forced. */
async function countRows(sql: Sql, force: boolean): Promise<Rollback['rows']> {
  const rows: Record<string, number | null> = {};
  for (const table of TABLES) {
    const [row] = await sql<{ count: number }[]>`SELECT count(*) FROM ${sql(table)}`.catch((cause) => {
      if (force) return [];
      throw new BackupError(
        `What the dump has cannot be used, and nothing was changed: ${identifier(table)}: ${cause.message}.`,
        { cause, help: 'Use an older backup, or go back to this one all the same: --force.' },
      );
    });
    rows[table] = row?.count ?? null;
  }
  return rows;
}

/** By SQLSTATE. */
const HELP: Readonly<Record<string, string>> = {
  '55006': 'Stop the application first, or end its sessions: --force.',
  '42501': 'The role lacks a right of docs/rights.md; to end the sessions of others it is pg_signal_backend.',
};

function failure(error: unknown, force: boolean): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const help = code === '55006' && force ? 'Stop the application first.' : HELP[code];
  return new BackupError(`The rollback failed, and the database is as it was: ${(error as Error).message}.`, {
    cause: error,
    help,
  });
}
