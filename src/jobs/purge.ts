/**
 * Deletes what has had its time: only rows that this service wrote, in batches that each are one short transaction, so
 * that it may run at any time, beside the application, twice at once or cut short.
 */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { goneScopes } from '../engine/sql/gone-scopes.ts';
import { OUR_METHODS, STATS_REFRESHED, WRITTEN_BY } from '../outbox/audience.ts';
import { deleteNotifications, expiredNotifications } from './sql/delete-expired-notifications.ts';
import { deleteEvents, oldEvents } from './sql/delete-old-events.ts';
import { deleteRuns, oldRuns } from './sql/delete-old-runs.ts';
import { leaveGroups, reapConnections } from './sql/reap-connections.ts';

/** Rows whose locks are held at once. */
const BATCH = 1_000;
/** Ids found by one pass over a table, which may be the application's and large. */
const FOUND = 50_000;
/** Of each job, however old. */
const RUNS_KEPT = 20;

export interface PurgeOptions {
  /** EVENT_LOG_RETENTION_DAYS. */
  eventDays: number;
  /** JOB_RUNS_RETENTION_DAYS. */
  runDays: number;
  /** REAP_CONNECTIONS_AFTER, in seconds; undefined: connections are the hub's own. */
  reapAfterSeconds: number | undefined;
  /** Deletes the documents of scopes that are gone: only a refresh writes documents. */
  refreshAll: () => Promise<unknown>;
}

/** Returns what it did, in a few words. */
export async function purge(sql: Sql, options: PurgeOptions): Promise<string> {
  const { eventDays, runDays, reapAfterSeconds, refreshAll } = options;
  const events = await deleteFound(
    sql,
    () => oldEvents(sql, { eventType: STATS_REFRESHED, author: WRITTEN_BY, days: eventDays, limit: FOUND }),
    deleteEvents,
  );
  const notifications = await deleteFound(
    sql,
    () => expiredNotifications(sql, { methods: OUR_METHODS, author: WRITTEN_BY, limit: FOUND }),
    deleteNotifications,
  );
  const runs = await deleteFound(
    sql,
    () => oldRuns(sql, { days: runDays, keep: RUNS_KEPT, limit: FOUND }),
    deleteRuns,
  );
  const gone = await goneScopes(sql);
  if (gone.length > 0) await refreshAll();
  const deleted = `Deleted: events ${events}, notifications ${notifications}, job runs ${runs}, documents ${gone.length}.`;
  if (reapAfterSeconds === undefined) return deleted;
  const silent = { seconds: reapAfterSeconds, limit: BATCH };
  const connections = await untilNoMore(sql, (tx) => reapConnections(tx, silent));
  const memberships = await untilNoMore(sql, (tx) => leaveGroups(tx, silent));
  return `${deleted} Marked as gone: connections ${connections}, memberships ${memberships}.`;
}

/** Returns how many were deleted. */
async function deleteFound<T>(
  sql: Sql,
  find: () => Promise<T[]>,
  remove: (tx: Db, ids: readonly T[]) => Promise<number>,
): Promise<number> {
  let all = 0;
  for (;;) {
    const ids = await find();
    let deleted = 0;
    for (let i = 0; i < ids.length; i += BATCH)
      deleted += await shortly(sql, (tx) => remove(tx, ids.slice(i, i + BATCH)));
    all += deleted;
    // What somebody else holds would be found again and again.
    if (ids.length < FOUND || deleted === 0) return all;
  }
}

async function untilNoMore(sql: Sql, change: (tx: Db) => Promise<number>): Promise<number> {
  let all = 0;
  for (;;) {
    const changed = await shortly(sql, change);
    all += changed;
    if (changed < BATCH) return all;
  }
}

function shortly<T>(sql: Sql, work: (tx: Db) => Promise<T>): Promise<T> {
  // A lock that cannot be skipped, such as that of an ALTER TABLE, is waited for briefly.
  return transaction(sql, { isolation: 'read committed', statementMs: 30_000, lockMs: 2_000 }, work);
}
