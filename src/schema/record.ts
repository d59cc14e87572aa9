/** What the database says about which migrations it has had: the table `dashboard_stats.migrations`. */
import type { Db, Tx } from '../db/connection.ts';
import type { MigrationFile } from './migration-files.ts';

export interface RecordedMigration {
  number: number;
  name: string;
  checksum: string;
  applied_at: Date;
  /** Deliberately not run (`migrate --no-triggers`). */
  skipped: boolean;
}

/** All recorded migrations in order; none where nothing was ever installed. Asks for no right beyond SELECT. */
export async function readRecords(db: Db): Promise<RecordedMigration[]> {
  if (!(await whatExists(db)).table) return [];
  return await db<RecordedMigration[]>`
    SELECT number, name, checksum, applied_at, skipped FROM dashboard_stats.migrations ORDER BY number`;
}

const TABLE = `CREATE TABLE dashboard_stats.migrations (
  number      integer PRIMARY KEY,
  name        text NOT NULL,
  checksum    text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  duration_ms integer NOT NULL,
  skipped     boolean NOT NULL DEFAULT false
);`;

/** What creates the table where it is missing. */
export async function missingRecordStatements(db: Db): Promise<string[]> {
  const present = await whatExists(db);
  if (present.table) return [];
  // Asked first, because CREATE ... IF NOT EXISTS demands the right to create even where it has nothing to do.
  return present.schema ? [TABLE] : ['CREATE SCHEMA dashboard_stats;', TABLE];
}

/** Creates the table where it is missing. Call it under the migration lock. */
export async function ensureRecordTable(tx: Tx): Promise<void> {
  for (const statement of await missingRecordStatements(tx)) await tx.unsafe(statement);
}

/** Records a migration as applied or skipped, in the transaction that did it. */
export async function writeRecord(
  tx: Tx,
  file: MigrationFile,
  outcome: { skipped: boolean; durationMs: number },
): Promise<void> {
  await tx`
    INSERT INTO dashboard_stats.migrations (number, name, checksum, duration_ms, skipped)
    VALUES (${file.number}, ${file.name}, ${file.checksum}, ${Math.round(outcome.durationMs)}, ${outcome.skipped})
    ON CONFLICT (number) DO UPDATE SET
      name = excluded.name, checksum = excluded.checksum, applied_at = excluded.applied_at,
      duration_ms = excluded.duration_ms, skipped = excluded.skipped`;
}

/** By the catalog: to_regclass raises an error where the role may not use the schema. */
async function whatExists(db: Db): Promise<{ schema: boolean; table: boolean }> {
  const [row] = await db<{ schema: boolean; table: boolean }[]>`
    SELECT count(*) > 0 AS schema, count(relname) > 0 AS table
    FROM pg_namespace
    LEFT JOIN pg_class ON relnamespace = pg_namespace.oid AND relname = 'migrations'
    WHERE nspname = 'dashboard_stats'`;
  return row ?? { schema: false, table: false };
}
