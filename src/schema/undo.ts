/**
 * The way back without a dump: each migration is undone from what it wrote down about itself (changes.ts), the newest
 * first, each in a transaction of its own. Killed at any instant it leaves whole migrations behind, and the next run
 * goes on.
 */
import { performance } from 'node:perf_hooks';
import postgres from 'postgres';
import type { Sql, Tx } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import { OUR_METHODS, STATS_REFRESHED, WRITTEN_BY } from '../outbox/audience.ts';
import { groupId } from '../outbox/groups.ts';
import { type CatalogObject, readCatalog } from './catalog.ts';
import { LOCK_TIMEOUT_MS, lockedTransaction } from './locked-transaction.ts';
import { deleteRecord, dropRecordTable, readRecordsAbove } from './record.ts';
import { deleteSeedRows } from './seed-rows.ts';
import { serverRefusal } from './server-refusal.ts';
import { othersConnected } from './sessions.ts';
import { requireUndoable } from './undo/obstacles.ts';
import { changesOf, planUndo, type UndoPlan } from './undo/plan.ts';
import { undoStatements } from './undo/statements.ts';

export interface UndoneMigration {
  number: number;
  name: string;
  durationMs: number;
  /**
   * Rows that the migration inserted and that stay, because somebody changed them or refers to them; not those whose
   * table a later step drops.
   */
  keptRows: number;
}

/** What `undoMigrations` would take away. Changes nothing. @throws MigrationError as planUndo() */
export function previewUndo(sql: Sql, to: number, lockTimeoutMs = LOCK_TIMEOUT_MS): Promise<UndoPlan> {
  return lockedTransaction(sql, lockTimeoutMs, (tx) => planUndo(tx, to));
}

/** @throws MigrationError while others are connected to the database of `sql`, a pool that has a single connection open */
export async function requireAlone(sql: Sql): Promise<void> {
  const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
  const others = await othersConnected(sql, database);
  if (others === undefined) return;
  throw new MigrationError(others, {
    help: 'Stop the application and this service first, or go on beside them: --force.',
  });
}

/**
 * Undoes every migration after number `to`; 0 undoes all of them, and takes the table of migrations along.
 *
 * @param onUndone called after each one is committed
 * @throws MigrationError: before the first step, what requireUndoable() finds; later, when a statement fails: that
 * migration is as it was, and those undone before it stay undone
 */
export async function undoMigrations(
  sql: Sql,
  to: number,
  onUndone: (undone: UndoneMigration) => void = () => {},
  lockTimeoutMs = LOCK_TIMEOUT_MS,
): Promise<void> {
  const records = await lockedTransaction(sql, lockTimeoutMs, async (tx) => {
    const found = await readRecordsAbove(tx, to);
    await requireUndoable(tx, found.map(changesOf), await readCatalog(tx));
    return found;
  });
  const dropped = new Set(
    records.flatMap((record) =>
      changesOf(record).added.flatMap((it) => (it.kind === 'table' ? [it.table] : [])),
    ),
  );
  for (const [already, { number, name }] of records.entries()) {
    try {
      const undone = await lockedTransaction(sql, lockTimeoutMs, (tx) => undoOne(tx, number, dropped));
      if (undone) onUndone(undone);
    } catch (error) {
      throw undoFailure(error, name, already);
    }
  }
  if (to === 0) await lockedTransaction(sql, lockTimeoutMs, dropRecordTable);
}

/** `dropped`: tables that are gone at the end. undefined: somebody else has undone it meanwhile. */
async function undoOne(
  tx: Tx,
  number: number,
  dropped: ReadonlySet<string>,
): Promise<UndoneMigration | undefined> {
  const [record, ...newer] = (await readRecordsAbove(tx, number - 1)).reverse();
  if (record?.number !== number) return undefined;
  if (newer.length > 0) throw new MigrationError('Somebody migrated the database meanwhile.');

  const startedAt = performance.now();
  const changes = changesOf(record);
  const present = await readCatalog(tx);
  if (changes.added.some(({ kind, table }) => kind === 'table' && table === 'documents')) {
    await deleteDocuments(tx, present);
  }
  if (changes.added.some(({ kind, table }) => kind === 'table' && table === 'outbox')) {
    await deleteTold(tx, present);
  }
  const kept = await deleteSeedRows(tx, changes.rows);
  const keptRows = kept.reduce((sum, { table, rows }) => sum + (dropped.has(table) ? 0 : rows), 0);
  for (const statement of undoStatements(changes, present)) await tx.unsafe(statement);
  await distrustKept(tx);
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

/** What the service told the application of, and the groups that it added for that and that nobody has joined. */
async function deleteTold(tx: Tx, present: readonly CatalogObject[]): Promise<void> {
  const isThere = (name: string) => present.some(({ kind, table }) => kind === 'table' && table === name);
  if (isThere('RealTimeNotifications')) {
    await tx`
      DELETE FROM "RealTimeNotifications"
      WHERE "CreatedBy" = ${WRITTEN_BY} AND "EventType" = ANY(${OUR_METHODS as string[]}::text[])`;
  }
  if (isThere('RealTimeEventsLog')) {
    await tx`
      DELETE FROM "RealTimeEventsLog" WHERE "UserName" = ${WRITTEN_BY} AND "EventType" = ${STATS_REFRESHED}`;
  }
  if (isThere('SignalRGroups') && isThere('SignalRGroupMemberships')) {
    await tx`
      DELETE FROM "SignalRGroups" g WHERE "GroupId" = ${tx.unsafe(groupId('"GroupName"'))}
        AND NOT EXISTS (SELECT FROM "SignalRGroupMemberships" m WHERE m."GroupId" = g."GroupId")`;
  }
}

/** The version that is gone back to may keep cells and documents in another way: to it they are of before its time. */
async function distrustKept(tx: Tx): Promise<void> {
  const [row] = await tx<
    [{ there: boolean }]
  >`SELECT to_regclass('dashboard_stats.state') IS NOT NULL AS there`;
  if (row.there) await tx`UPDATE dashboard_stats.state SET generation = 0, schema_version = 0`;
}

/** `already`: how many were undone before. */
function undoFailure(error: unknown, name: string, already: number): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const detail = error.detail ? `\n${error.detail}` : '';
  const kept =
    already === 0
      ? 'Nothing was undone.'
      : 'Nothing of this migration was undone; those before it in the list were.';
  const advice =
    serverRefusal(error)?.help ??
    'Mend the cause (drop what depends on it, or use a role that owns the tables) and run this again: it goes on here.';
  return new MigrationError(`${name} could not be undone: ${error.message}${detail}`, {
    cause: error,
    help: `${kept} ${advice}`,
  });
}
