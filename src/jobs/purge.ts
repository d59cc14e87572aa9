/**
 * Deletes what has had its time: only rows that this service wrote, in batches that each are one short transaction, so
 * that it may run at any time, beside the application, twice at once or cut short.
 */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { goneScopes } from '../engine/sql/named-scopes.ts';
import { OUR_EVENTS, OUR_METHODS, WRITTEN_BY } from '../outbox/audience.ts';
import {
  deleteExpiredNotifications,
  deleteOldActions,
  deleteOldEvents,
  deleteOldHistory,
  deleteOldRuns,
} from './sql/purge.ts';

/** Rows of a batch: half a day of events, so that a table without an index is read once or twice. */
const BATCH = 5_000;
/** Of each job, however old. */
const RUNS_KEPT = 20;

export interface PurgeOptions {
  eventDays: number;
  runDays: number;
  historyDays: number;
  actionDays: number;
  /** Deletes the documents of scopes that are gone: only a refresh writes documents. */
  refreshAll: () => Promise<unknown>;
}

export async function purge(sql: Sql, options: PurgeOptions): Promise<string> {
  const { eventDays, runDays, historyDays, actionDays, refreshAll } = options;
  const ours = { author: WRITTEN_BY, limit: BATCH };
  const events = await untilNoMore(sql, (tx) =>
    deleteOldEvents(tx, { ...ours, eventTypes: OUR_EVENTS, days: eventDays }),
  );
  const notifications = await untilNoMore(sql, (tx) =>
    deleteExpiredNotifications(tx, { ...ours, methods: OUR_METHODS }),
  );
  const runs = await untilNoMore(sql, (tx) =>
    deleteOldRuns(tx, { days: runDays, keep: RUNS_KEPT, limit: BATCH }),
  );
  const days = await untilNoMore(sql, (tx) => deleteOldHistory(tx, { days: historyDays, limit: BATCH }));
  const actions = await untilNoMore(sql, (tx) => deleteOldActions(tx, { days: actionDays, limit: BATCH }));
  const gone = await goneScopes(sql);
  if (gone.length > 0) await refreshAll();
  return `Deleted: events ${events}, notifications ${notifications}, job runs ${runs}, days of history ${days}, admin actions ${actions}, documents ${gone.length}.`;
}

/** Repeats a batch until one is not full; returns the number of rows. */
async function untilNoMore(sql: Sql, batch: (tx: Tx) => Promise<number>): Promise<number> {
  for (let all = 0; ; ) {
    // A lock that cannot be skipped, such as that of an ALTER TABLE, is waited for briefly.
    const bounds = { isolation: 'read committed', statementMs: 30_000, lockMs: 2_000 } as const;
    const rows = await transaction(sql, bounds, batch);
    all += rows;
    if (rows < BATCH) return all;
  }
}
