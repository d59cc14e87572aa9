/** Which migrations a database has had, by the table `dashboard_stats.migrations`, beside those that this program has. */
import type { Db, Tx } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import type { MigrationFile } from './migration-files.ts';

export interface RecordedMigration {
  number: number;
  name: string;
  checksum: string;
  applied_at: Date;
  /** Left out on purpose (`migrate --no-triggers`). */
  skipped: boolean;
}

export interface MigrationStatus {
  number: number;
  name: string;
  /**
   * skipped: left out on purpose (`--no-triggers`). edited: the file is not the one that was applied. missing: applied,
   * but this program has no such file.
   */
  state: 'applied' | 'pending' | 'skipped' | 'edited' | 'missing';
  /** When it was applied or skipped; absent while pending. */
  appliedAt?: Date;
}

export interface MigrationStep {
  number: number;
  name: string;
  outcome: 'applied' | 'skipped';
  /** Whole milliseconds. */
  durationMs: number;
}

const CREATE_TABLE = `CREATE TABLE dashboard_stats.migrations (
  number      integer PRIMARY KEY,
  name        text NOT NULL,
  checksum    text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  duration_ms integer NOT NULL,
  skipped     boolean NOT NULL DEFAULT false
);`;

/** In order; none where nothing was ever installed. Asks for no right beyond SELECT. */
export async function readRecords(db: Db): Promise<RecordedMigration[]> {
  if ((await missingRecordStatements(db)).length > 0) return [];
  return await db<RecordedMigration[]>`
    SELECT number, name, checksum, applied_at, skipped FROM dashboard_stats.migrations ORDER BY number`;
}

/** What creates the table of migrations, where it is missing. */
export async function missingRecordStatements(db: Db): Promise<string[]> {
  const [{ schema, table }] = await db<[{ schema: boolean; table: boolean }]>`
    SELECT to_regnamespace('dashboard_stats') IS NOT NULL AS schema, EXISTS (
      SELECT FROM pg_class
      WHERE relname = 'migrations' AND relnamespace = to_regnamespace('dashboard_stats')) AS table`;
  if (table) return [];
  // CREATE SCHEMA IF NOT EXISTS would demand the right to create one even where it is there.
  return schema ? [CREATE_TABLE] : ['CREATE SCHEMA dashboard_stats;', CREATE_TABLE];
}

/** In the transaction that ran the migration. */
export async function writeRecord(tx: Tx, { checksum }: MigrationFile, step: MigrationStep): Promise<void> {
  await tx`
    INSERT INTO dashboard_stats.migrations (number, name, checksum, duration_ms, skipped)
    VALUES (${step.number}, ${step.name}, ${checksum}, ${step.durationMs}, ${step.outcome === 'skipped'})
    ON CONFLICT (number) DO UPDATE SET
      name = excluded.name, checksum = excluded.checksum, applied_at = excluded.applied_at,
      duration_ms = excluded.duration_ms, skipped = excluded.skipped`;
}

/** The state of every migration that is known to the program or to the database, in order. */
export function compare(
  files: readonly MigrationFile[],
  records: readonly RecordedMigration[],
): MigrationStatus[] {
  const known = files.map(({ number, name, checksum }): MigrationStatus => {
    const record = records.find((one) => one.number === number);
    if (!record) return { number, name, state: 'pending' };
    // A file that was not run may change until it is.
    const state = record.skipped ? 'skipped' : record.checksum === checksum ? 'applied' : 'edited';
    return { number, name, state, appliedAt: record.applied_at };
  });
  const missing = records
    .filter(({ number }) => !files.some((file) => file.number === number))
    .map(
      ({ number, name, applied_at }) => ({ number, name, state: 'missing', appliedAt: applied_at }) as const,
    );
  return [...known, ...missing].sort((a, b) => a.number - b.number);
}

/** @throws MigrationError when an applied file was edited, or the database knows a migration that the program does not. */
export function refuseStrangeHistory(migrations: readonly MigrationStatus[]): void {
  const demo = 'If this is the demo, stop it and delete its DATA_DIR (.data): the next start makes it again.';
  const edited = namesOf(migrations, 'edited');
  if (edited.length > 0) {
    throw new MigrationError(`Edited after it was applied to this database: ${edited.join(', ')}.`, {
      help: `Install this version of the package again, or \`git checkout\` the file, and put the change into a new migration. ${demo}`,
    });
  }
  const missing = namesOf(migrations, 'missing');
  if (missing.length === 0) return;
  throw new MigrationError(
    `The database has migrations that this program does not know: ${missing.join(', ')}.`,
    {
      help: `The database was migrated by a newer version. Run that version, or restore a backup from before it. ${demo}`,
    },
  );
}

export function namesOf(
  migrations: readonly MigrationStatus[],
  ...states: readonly MigrationStatus['state'][]
): string[] {
  return migrations.filter(({ state }) => states.includes(state)).map(({ name }) => name);
}

/** `010_triggers.sql`; of several the first and the last. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.length} migrations (${names[0]} to ${names.at(-1)})`;
}
