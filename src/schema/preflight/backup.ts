import type { Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import type { Check } from '../check.ts';
import { factsFileOf, readDumpFile, requireFitting } from '../dump-file.ts';
import { serverVersion } from '../server-version.ts';

const FRESH_MS = 60 * 60_000;
/** The clock of the machine that made the backup may be ahead of this one's by as much. */
const CLOCKS_DIFFER_MS = 60_000;

const NAME = 'backup';
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
  if (file === undefined) {
    const detail = 'No file was named, and PostgreSQL does not know of backups.';
    return { name: NAME, status: 'warning', detail, advice: REMEDY };
  }
  try {
    const { facts, mtimeMs, sizeBytes } = await readDumpFile(file, signal);
    // Of a copy the file may be newer than what it holds, never older.
    const age = requireFresh(file, now, facts ? Date.parse(facts.createdAt) : mtimeMs);
    if (!facts) return unknown(file);
    const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
    requireFitting(file, facts, { database, server: await serverVersion(sql) });
    const bytes = sizeBytes.toLocaleString('en');
    return {
      name: NAME,
      status: 'ok',
      detail: `${file} is whole, of ${database}, ${age} and ${bytes} bytes large.`,
    };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { name: NAME, status: 'failed', detail: error.message, advice: REMEDY };
  }
}

function requireFresh(file: string, now: number, madeMs: number): string {
  const ageMs = now - madeMs;
  if (ageMs < -CLOCKS_DIFFER_MS) {
    const made = new Date(madeMs).toISOString();
    throw new BackupError(`${file} is of ${made}, which is in the future: one of the clocks is wrong.`);
  }
  const age = `${Math.max(0, Math.round(ageMs / 60_000))} minutes old`;
  if (ageMs > FRESH_MS) throw new BackupError(`${file} is ${age}.`);
  return age;
}

/** As a dump that was made by hand. */
function unknown(file: string): Check {
  return {
    name: NAME,
    status: 'warning',
    detail:
      `${factsFileOf(file)} is missing or not what \`backup\` writes: whether ${file} is whole, of which database, of ` +
      'which server, and how old it is cannot be told.',
    advice: `Put it back beside the dump, or make a backup with this program: rollback --to takes one without it only with --force.`,
  };
}
