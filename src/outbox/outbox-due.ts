import type { Db } from '../db/connection.ts';

/**
 * When something that is owed may be written: an event 10 s after the last one, a notification of a document 1 s
 * after the last one. A time in the future counts as none: the server's clock was put back.
 *
 * @param notifications whether this node writes those (NOTIFICATIONS)
 * @returns ms from now, 0 or less where it is due; null where nothing is owed
 */
export async function outboxDue(
  sql: Db,
  notifications: boolean,
): Promise<{ eventInMs: number | null; notificationInMs: number | null }> {
  const [due] = await sql<[{ eventInMs: number | null; notificationInMs: number | null }]>`
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
