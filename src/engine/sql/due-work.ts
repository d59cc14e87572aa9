import type { Db, Tx } from '../../db/connection.ts';
import { drainMarks, type Marks } from './drain-marks.ts';
import { FILES } from './files.ts';
import { TRIGGERS_ARE_THERE } from './trigger-state.ts';

/** What the clock and the tables say right after the lock. */
export interface DueWork {
  /** The database's clock, to the millisecond, never before an earlier one. */
  asOf: Date;
  /** asOf's local date, `YYYY-MM-DD`. */
  today: string;
  marks: Marks;
  /** The kept documents are of an earlier day, or there are none yet. */
  newDay: boolean;
  /** There is no document at all. */
  empty: boolean;
  /** Of our documents that were invalidated, or deleted by somebody, or expire within the time asked for. */
  keysToRenew: string[];
  /** No trigger was left out, dropped or disabled: every change leaves a mark. */
  triggersAreThere: boolean;
  /** Since the last refresh a table was truncated or rewritten, or a partition came or went: there may be no mark of it. */
  rewritten: boolean;
}

/**
 * Reads what a refresh has to do, and takes the marks. The transaction must hold the state row and have set TimeZone.
 *
 * @param setAside keep the marks for the cells that are being built
 * @param resetClock forget the earlier asOf, as for a recompute in another zone
 */
export async function readDueWork(
  tx: Tx,
  options: { setAside: boolean; expiringWithinSeconds: number; resetClock: boolean },
): Promise<DueWork> {
  const { setAside, expiringWithinSeconds, resetClock } = options;
  const reading = tx<[Omit<DueWork, 'marks'>]>`
    SELECT clock."asOf", to_char(clock."asOf", 'YYYY-MM-DD') AS today,
      clock."asOf"::date IS DISTINCT FROM clock.local_date AS "newDay",
      ${tx.unsafe(TRIGGERS_ARE_THERE)} AS "triggersAreThere", clock.files IS DISTINCT FROM ${tx.unsafe(FILES)} AS rewritten,
      kept.*
    FROM (
      SELECT count(*) = 0 AS empty,
        coalesce(array_agg(d.cache_key::text) FILTER (WHERE c."IsValid" IS NOT TRUE
          OR c."ExpiresAt" < clock_timestamp() + ${expiringWithinSeconds} * INTERVAL '1 second'), '{}') AS "keysToRenew"
      FROM dashboard_stats.documents d
      LEFT JOIN "DashboardStatsCache" c
        ON c."CacheKey" = d.cache_key AND c."CacheType" IN ('global', 'regional', 'facility')
    ) kept, (
      SELECT local_date, files, date_trunc('milliseconds',
        CASE WHEN ${resetClock} THEN clock_timestamp() ELSE greatest(clock_timestamp(), as_of) END) AS "asOf"
      FROM dashboard_stats.state
    ) clock`;
  // Sent together, for one round trip.
  const [[due], marks] = await Promise.all([reading, drainMarks(tx, setAside)]);
  return { ...due, marks };
}

/**
 * Whether a refresh has anything to do: marks, an invalidated document, a new local day, triggers that are gone or are
 * back, or other files. Asked by each poll.
 */
export async function isPending(sql: Db, timeZone: string): Promise<boolean> {
  const [row] = await sql<[{ pending: boolean }]>`
    SELECT EXISTS (SELECT FROM dashboard_stats.marks)
      OR EXISTS (SELECT FROM "DashboardStatsCache"
                 WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility')
                   AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents))
      OR EXISTS (SELECT FROM dashboard_stats.state
                 WHERE local_date IS NULL OR local_date < (clock_timestamp() AT TIME ZONE ${timeZone})::date
                   OR files IS DISTINCT FROM ${sql.unsafe(FILES)}
                   OR marks_lost IS DISTINCT FROM (wants_triggers AND NOT ${sql.unsafe(TRIGGERS_ARE_THERE)})) AS pending`;
  return row.pending;
}
