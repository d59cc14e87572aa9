/**
 * What the purge deletes, `limit` rows at most in each statement, which returns how many. Rows that the
 * application's hub writes too stay for the next time where it holds them.
 */
import type { Tx } from '../../db/connection.ts';

/** Rows of "RealTimeEventsLog" of these types and this author that are older than so many days. */
export async function deleteOldEvents(
  tx: Tx,
  {
    eventTypes,
    author,
    days,
    limit,
  }: { eventTypes: readonly string[]; author: string; days: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    DELETE FROM "RealTimeEventsLog" WHERE "EventLogId" IN (
      SELECT "EventLogId" FROM "RealTimeEventsLog"
      WHERE "EventType" = ANY(${eventTypes as string[]}::text[]) AND "UserName" = ${author}
        AND "CreatedAt" < clock_timestamp() - ${days} * INTERVAL '1 day'
      LIMIT ${limit})`;
  return count;
}

/** Rows of "RealTimeNotifications" of these methods and this author past their "ExpiresAt". */
export async function deleteExpiredNotifications(
  tx: Tx,
  { methods, author, limit }: { methods: readonly string[]; author: string; limit: number },
): Promise<number> {
  const { count } = await tx`
    WITH expired AS MATERIALIZED (
      SELECT "NotificationId" AS id FROM "RealTimeNotifications"
      WHERE "CreatedBy" = ${author} AND "EventType" = ANY(${methods as string[]}::text[])
        AND "ExpiresAt" < clock_timestamp()
      LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    DELETE FROM "RealTimeNotifications" WHERE "NotificationId" IN (SELECT id FROM expired)`;
  return count;
}

/**
 * Job runs that ended more than so many days ago. The newest `keep` of each job stay: they say what has run, and a node
 * that starts must not take the last due time of a yearly job for one that was missed.
 */
export async function deleteOldRuns(
  tx: Tx,
  { days, keep, limit }: { days: number; keep: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    DELETE FROM dashboard_stats.job_runs WHERE run_id IN (
      SELECT run_id FROM (
        SELECT *, row_number() OVER (PARTITION BY job ORDER BY scheduled_at DESC, run_id DESC) AS place
        FROM dashboard_stats.job_runs
      ) ranked
      WHERE place > ${keep} AND finished_at < clock_timestamp() - ${days} * INTERVAL '1 day'
      LIMIT ${limit})`;
  return count;
}

/** Days of the history beyond the last so many, today included. */
export async function deleteOldHistory(
  tx: Tx,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    DELETE FROM dashboard_stats.history WHERE (cache_key, day) IN (
      SELECT cache_key, day FROM dashboard_stats.history
      WHERE day <= (SELECT local_date FROM dashboard_stats.state) - ${days}::integer
      LIMIT ${limit})`;
  return count;
}

/** Admin actions of more than so many days ago. */
export async function deleteOldActions(
  tx: Tx,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    DELETE FROM dashboard_stats.admin_actions WHERE action_id IN (
      SELECT action_id FROM dashboard_stats.admin_actions
      WHERE at < clock_timestamp() - ${days} * INTERVAL '1 day'
      LIMIT ${limit})`;
  return count;
}
