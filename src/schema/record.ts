/** What the database says about which migrations it has had: the table `dashboard_stats.migrations`. */
import type { Db, Tx } from '../db/connection.ts';
import type { Changes } from './changes.ts';
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

/** The table, as this version makes it. */
const TABLE = `CREATE TABLE dashboard_stats.migrations (
  number      integer PRIMARY KEY,
  name        text NOT NULL,
  checksum    text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  duration_ms integer NOT NULL,
  skipped     boolean NOT NULL DEFAULT false,
  changes     jsonb
);`;

/** What makes the table where it is missing, or adds what it lacks. */
export async function missingRecordStatements(db: Db): Promise<string[]> {
  const present = await whatExists(db);
  // Made by a version that wrote down no changes.
  if (present.table)
    return present.changes ? [] : ['ALTER TABLE dashboard_stats.migrations ADD COLUMN changes jsonb;'];
  // Asked first, because CREATE ... IF NOT EXISTS demands the right to create even where it has nothing to do.
  return present.schema ? [TABLE] : ['CREATE SCHEMA dashboard_stats;', TABLE];
}

/** Creates the table where it is missing. Call it under the migration lock. */
export async function ensureRecordTable(tx: Tx): Promise<void> {
  const missing = await missingRecordStatements(tx);
  for (const statement of missing) await tx.unsafe(statement);
  if (!missing.includes(TABLE)) return;
  // Default privileges for the tables of the schema must not hold for the one whose statements an undo runs.
  for (const role of await recordWriters(tx)) await tx.unsafe(revokeWriting(role));
}

/** Who beside the owner may put statements into what an undo runs: roles as a statement names them, or PUBLIC. */
export async function recordWriters(db: Db): Promise<string[]> {
  const rows = await db<{ role: string }[]>`
    SELECT DISTINCT coalesce(quote_ident(rolname), 'PUBLIC') AS role
    FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'dashboard_stats'
    CROSS JOIN LATERAL (
      SELECT grantee, privilege_type FROM aclexplode(relacl)
      UNION ALL
      SELECT acl.grantee, acl.privilege_type FROM pg_attribute, aclexplode(attacl) acl WHERE attrelid = pg_class.oid
    ) given
    LEFT JOIN pg_roles ON pg_roles.oid = grantee
    WHERE relname = 'migrations' AND grantee <> relowner AND privilege_type IN ('INSERT', 'UPDATE', 'TRIGGER')
    ORDER BY role`;
  return rows.map((row) => row.role);
}

/** `role` as a statement names it. It may still read. */
export function revokeWriting(role: string): string {
  return `REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON dashboard_stats.migrations FROM ${role};`;
}

/** A migration with what it changed: null where it was skipped, or run by a version that did not write it down. */
export interface ChangeRecord extends RecordedMigration {
  changes: Changes | null;
}

/** The recorded migrations after number `number`, the newest first. */
export async function readRecordsAbove(tx: Tx, number: number): Promise<ChangeRecord[]> {
  const { table, changes } = await whatExists(tx);
  if (!table) return [];
  return await tx<ChangeRecord[]>`
    SELECT number, name, checksum, applied_at, skipped, ${changes ? tx`changes` : tx`NULL AS changes`}
    FROM dashboard_stats.migrations WHERE number > ${number} ORDER BY number DESC`;
}

export async function deleteRecord(tx: Tx, number: number): Promise<void> {
  await tx`DELETE FROM dashboard_stats.migrations WHERE number = ${number}`;
}

/** Drops the empty table, and the schema where it is empty and this role could make it again. */
export async function dropRecordTable(tx: Tx): Promise<void> {
  if (!(await whatExists(tx)).table || (await readRecords(tx)).length > 0) return;
  await tx`DROP TABLE dashboard_stats.migrations`;
  const [schema] = await tx`
    SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats' AND pg_has_role(nspowner, 'USAGE')
      AND has_database_privilege(current_database(), 'CREATE')
      AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid)
      AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = pg_namespace.oid)`;
  if (schema) await tx`DROP SCHEMA dashboard_stats`;
}

/** Notes a migration as applied or skipped, in the transaction that did it. */
export async function writeRecord(
  tx: Tx,
  file: MigrationFile,
  outcome: { skipped: boolean; durationMs: number; changes: Changes | null },
): Promise<void> {
  const changes = outcome.changes && tx.json(outcome.changes as never);
  await tx`
    INSERT INTO dashboard_stats.migrations (number, name, checksum, duration_ms, skipped, changes)
    VALUES (${file.number}, ${file.name}, ${file.checksum}, ${Math.round(outcome.durationMs)}, ${outcome.skipped},
      ${changes})
    ON CONFLICT (number) DO UPDATE SET
      name = excluded.name, checksum = excluded.checksum, applied_at = excluded.applied_at,
      duration_ms = excluded.duration_ms, skipped = excluded.skipped, changes = excluded.changes`;
}

/** By the catalog: to_regclass raises an error where the role may not use the schema. */
async function whatExists(db: Db): Promise<{ schema: boolean; table: boolean; changes: boolean }> {
  const [row] = await db<{ schema: boolean; table: boolean; changes: boolean }[]>`
    SELECT count(*) > 0 AS schema, count(relname) > 0 AS table, count(attname) > 0 AS changes
    FROM pg_namespace
    LEFT JOIN pg_class ON relnamespace = pg_namespace.oid AND relname = 'migrations'
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'changes' AND NOT attisdropped
    WHERE nspname = 'dashboard_stats'`;
  return row ?? { schema: false, table: false, changes: false };
}
