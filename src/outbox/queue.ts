/** What refreshes have queued for the application's real-time tables (sql/011). They only append, and never wait here. */
import type { Db, Tx } from '../db/connection.ts';

/** When queued rows may be written, in ms from now, 0 or less where they may be now; null where none is queued. */
export interface Due {
  eventInMs: number | null;
  notificationInMs: number | null;
}

/**
 * An event may be written 10 s after the last one, a notification of a document 1 s after its last one. A last time in
 * the future counts as none: the server's clock was put back.
 *
 * @param notifications whether this node writes notifications (NOTIFICATIONS)
 */
export async function readDue(sql: Db, notifications: boolean): Promise<Due> {
  const [due] = await sql<[Due]>`
    WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS at)
    SELECT
      (SELECT CASE WHEN logged_at <= at
          THEN ceil(extract(epoch FROM logged_at + INTERVAL '10 seconds' - at) * 1000)::float8 ELSE 0 END
        FROM dashboard_stats.outbox WHERE EXISTS (SELECT FROM dashboard_stats.queued_events)) AS "eventInMs",
      (SELECT min(CASE WHEN written_at <= at
          THEN ceil(extract(epoch FROM written_at + INTERVAL '1 second' - at) * 1000)::float8 ELSE 0 END)
        FROM dashboard_stats.queued_notifications LEFT JOIN dashboard_stats.notified USING (cache_key)
        WHERE ${notifications}) AS "notificationInMs"
    FROM clock`;
  return due;
}

/**
 * Makes this transaction the only one that delivers.
 *
 * @returns the database's clock; undefined while another node delivers
 */
export async function lockQueue(tx: Tx): Promise<Date | undefined> {
  const [row] = await tx<{ at: Date }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) AS at
    FROM dashboard_stats.outbox FOR UPDATE SKIP LOCKED`;
  return row?.at;
}

/** Events beyond the newest so many are dropped where none can be written. */
const MAX_EVENTS = 10_000;

/**
 * Keeps the queue small where it cannot be delivered (a right or a table is missing): one row for each document is
 * enough, since a notification holds what the document is when it is written. Call it under `lockQueue`.
 */
export async function trimQueue(tx: Tx): Promise<void> {
  await tx`
    WITH ranked AS (
      SELECT ctid, row_number() OVER (PARTITION BY cache_key) AS place FROM dashboard_stats.queued_notifications
    ), old AS (
      DELETE FROM dashboard_stats.queued_events
      WHERE revision <= (SELECT max(revision) FROM dashboard_stats.queued_events) - ${MAX_EVENTS}
    )
    DELETE FROM dashboard_stats.queued_notifications WHERE ctid IN (SELECT ctid FROM ranked WHERE place > 1)`;
}
