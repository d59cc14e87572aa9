import type { Config } from '../../config.ts';
import type { Tx } from '../../db/connection.ts';
import { OUR_EVENTS, OUR_METHODS, WRITTEN_BY } from '../../outbox/audience.ts';

/** Days that each is kept. */
export type Retention = Pick<
  Config,
  'EVENT_LOG_RETENTION_DAYS' | 'JOB_RUNS_RETENTION_DAYS' | 'HISTORY_DAYS' | 'AUDIT_RETENTION_DAYS'
>;

/**
 * Of each job, however old: they say what has run, and a node that starts must not take the last due time of a yearly job for
 * one that was missed.
 */
const RUNS_KEPT = 20;

/**
 * What the purge deletes, by what it is: only rows that this service wrote, `limit` at most in each statement. Rows that the
 * application's hub writes too stay for the next time where it holds them. Job runs of the future are of a node whose clock was ahead:
 * what tells of the newest run would tell of them until then.
 */
export function deletions(
  days: Retention,
  limit: number,
): Record<string, (tx: Tx) => Promise<{ count: number }>> {
  return {
    events: (tx) => tx`
      DELETE FROM "RealTimeEventsLog" WHERE "EventLogId" IN (
        SELECT "EventLogId" FROM "RealTimeEventsLog"
        WHERE "EventType" = ANY(${[...OUR_EVENTS]}::text[]) AND "UserName" = ${WRITTEN_BY}
          AND "CreatedAt" < clock_timestamp() - ${days.EVENT_LOG_RETENTION_DAYS} * INTERVAL '1 day'
        LIMIT ${limit})`,
    notifications: (tx) => tx`
      WITH expired AS MATERIALIZED (
        SELECT "NotificationId" AS id FROM "RealTimeNotifications"
        WHERE "CreatedBy" = ${WRITTEN_BY} AND "EventType" = ANY(${[...OUR_METHODS]}::text[])
          AND "ExpiresAt" < clock_timestamp()
        LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      DELETE FROM "RealTimeNotifications" WHERE "NotificationId" IN (SELECT id FROM expired)`,
    'job runs': (tx) => tx`
      DELETE FROM dashboard_stats.job_runs WHERE run_id IN (
        SELECT run_id FROM (
          SELECT *, row_number() OVER (PARTITION BY job ORDER BY scheduled_at DESC, run_id DESC) AS place
          FROM dashboard_stats.job_runs
        ) ranked
        WHERE (place > ${RUNS_KEPT} AND finished_at < clock_timestamp() - ${days.JOB_RUNS_RETENTION_DAYS} * INTERVAL '1 day')
          OR (finished_at IS NOT NULL AND scheduled_at > clock_timestamp() + INTERVAL '1 day')
        LIMIT ${limit})`,
    'days of history': (tx) => tx`
      DELETE FROM dashboard_stats.history WHERE (cache_key, day) IN (
        SELECT cache_key, day FROM dashboard_stats.history
        WHERE day <= (SELECT local_date FROM dashboard_stats.state) - ${days.HISTORY_DAYS}::integer
        LIMIT ${limit})`,
    'admin actions': (tx) => tx`
      DELETE FROM dashboard_stats.admin_actions WHERE action_id IN (
        SELECT action_id FROM dashboard_stats.admin_actions
        WHERE at < clock_timestamp() - ${days.AUDIT_RETENTION_DAYS} * INTERVAL '1 day'
        LIMIT ${limit})`,
  };
}
