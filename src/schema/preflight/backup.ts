import type { Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import { type Check, check } from '../check.ts';
import { checkDump } from '../dump-file.ts';
import { serverVersion } from '../server-version.ts';

const FRESH_MINUTES = 60;
const REMEDY = 'Make one: dashboard-stats backup; then name it: preflight --backup FILE';

/**
 * Whether `file` is a backup younger than an hour that `rollback --to` would take: by the same tests, without pg_restore,
 * which this machine need not have yet.
 *
 * @param now in milliseconds
 */
export async function checkBackup(
  sql: Sql,
  file: string | undefined,
  { now, signal }: { now: number; signal?: AbortSignal | undefined },
): Promise<Check> {
  const name = 'backup';
  if (file === undefined) {
    const detail = 'No file was named, and PostgreSQL does not know of backups.';
    return check(name, 'warning', detail, { advice: REMEDY });
  }
  try {
    const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
    const facts = await checkDump(file, { database, server: await serverVersion(sql) }, { signal });
    const minutes = Math.round((now - Date.parse(facts?.createdAt ?? '')) / 60_000);
    if (minutes > FRESH_MINUTES) throw new BackupError(`${file} is ${minutes} minutes old.`);
    const bytes = facts?.sizeBytes.toLocaleString('en');
    const detail = `${file} is whole, of ${database}, ${minutes} minutes old and ${bytes} bytes large.`;
    return check(name, 'ok', detail);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return check(name, 'failed', error.message, { advice: REMEDY });
  }
}
