/**
 * The way back without a dump: each migration is undone from what it wrote down about itself (changes.ts), the newest
 * first, each in a transaction of its own. Killed at any instant it leaves whole migrations behind, and the next run
 * goes on.
 */
import { performance } from 'node:perf_hooks';
import postgres from 'postgres';
import type { Sql, Tx } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import { type CatalogObject, readCatalog } from './catalog.ts';
import { lockedTransaction } from './locked-transaction.ts';
import { deleteRecord, dropRecordTable, readRecordsAbove } from './record.ts';
import { deleteSeedRows } from './seed-rows.ts';
import { changesOf, planUndo, type UndoPlan } from './undo-plan.ts';
import { undoStatements } from './undo-statements.ts';

export interface UndoneMigration {
  number: number;
  name: string;
  durationMs: number;
  /** Rows that the migration inserted and that stay, because somebody changed them or refers to them. */
  keptRows: number;
}

/** What `undoMigrations` would take away. Changes nothing. @throws MigrationError as planUndo() */
export function previewUndo(sql: Sql, to: number, lockTimeoutMs = 1000): Promise<UndoPlan> {
  return lockedTransaction(sql, lockTimeoutMs, (tx) => planUndo(tx, to));
}

/**
 * Undoes every migration after number `to`; 0 undoes all of them, and takes the table of migrations along.
 *
 * @param onUndone called after each one is committed
 * @throws MigrationError when a statement fails; that migration is as it was, and those undone before it stay undone
 */
export async function undoMigrations(
  sql: Sql,
  to: number,
  onUndone: (undone: UndoneMigration) => void = () => {},
  lockTimeoutMs = 1000,
): Promise<void> {
  const records = await lockedTransaction(sql, lockTimeoutMs, (tx) => readRecordsAbove(tx, to));
  for (const { number, name } of records) {
    try {
      const undone = await lockedTransaction(sql, lockTimeoutMs, (tx) => undoOne(tx, number));
      if (undone) onUndone(undone);
    } catch (error) {
      throw undoFailure(error, name);
    }
  }
  if (to === 0) await lockedTransaction(sql, lockTimeoutMs, dropRecordTable);
}

/** undefined: somebody else has undone it meanwhile. */
async function undoOne(tx: Tx, number: number): Promise<UndoneMigration | undefined> {
  const [record, ...newer] = (await readRecordsAbove(tx, number - 1)).reverse();
  if (record?.number !== number) return undefined;
  if (newer.length > 0) throw new MigrationError('Somebody migrated the database meanwhile.');

  const startedAt = performance.now();
  const changes = changesOf(record);
  const present = await readCatalog(tx);
  if (changes.added.some(({ kind, table }) => kind === 'table' && table === 'documents')) {
    await deleteDocuments(tx, present);
  }
  const keptRows = await deleteSeedRows(tx, changes.rows);
  for (const statement of undoStatements(changes, present)) await tx.unsafe(statement);
  await deleteRecord(tx, number);
  return { number, name: record.name, durationMs: performance.now() - startedAt, keptRows };
}

/** The rows that the service wrote into a table that may have been there before it. */
async function deleteDocuments(tx: Tx, present: readonly CatalogObject[]): Promise<void> {
  const isThere = (name: string) => present.some(({ kind, table }) => kind === 'table' && table === name);
  if (!isThere('documents') || !isThere('DashboardStatsCache')) return;
  await tx`
    DELETE FROM "DashboardStatsCache" USING dashboard_stats.documents
    WHERE "CacheKey" = cache_key AND "CacheType" IN ('global', 'regional', 'facility')`;
}

function undoFailure(error: unknown, name: string): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const detail = error.detail ? `\n${error.detail}` : '';
  return new MigrationError(`${name} could not be undone: ${error.message}${detail}`, {
    cause: error,
    help:
      'Nothing of this migration was undone; those before it in the list were. Mend the cause (drop what depends on it, ' +
      'or use a role that owns the tables) and run this again: it goes on here.',
  });
}
