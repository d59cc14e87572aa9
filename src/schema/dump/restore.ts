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
import { endSessions } from '../sessions.ts';
import { checkOriginalFunctionality } from './original-functionality.ts';
import { findTool, runTool } from './postgres-tools.ts';
import { namesFor, type RollbackOptions, requireAlone, withServer } from './target.ts';
import { createTwin, dropLeftOver, swap } from './twin-database.ts';

const OBJECT_IN_USE = '55006';

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
