import type { Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import type { Check } from '../check.ts';
import { factsFileOf, readDumpFile, requireFitting } from '../dump-file.ts';
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
  const check = (status: Check['status'], detail: string, advice?: string): Check => {
    return { name: 'backup', status, detail, ...(advice === undefined ? {} : { advice }) };
  };
  if (file === undefined) {
    return check('warning', 'No file was named, and PostgreSQL does not know of backups.', REMEDY);
  }
  try {
    const facts = await readDumpFile(file, signal);
    // As a dump that was made by hand.
    if (!facts) {
      const detail = `${factsFileOf(file)} is missing or not what \`backup\` writes: ${file} cannot be checked.`;
      return check(
        'warning',
        detail,
        'rollback --to takes it only with --force. Make a backup with this program.',
      );
    }
    const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
    requireFitting(file, facts, { database, server: await serverVersion(sql) });
    const minutes = Math.round((now - Date.parse(facts.createdAt)) / 60_000);
    if (minutes > FRESH_MINUTES) throw new BackupError(`${file} is ${minutes} minutes old.`);
    const bytes = facts.sizeBytes.toLocaleString('en');
    return check('ok', `${file} is whole, of ${database}, ${minutes} minutes old and ${bytes} bytes large.`);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return check('failed', error.message, REMEDY);
  }
}
