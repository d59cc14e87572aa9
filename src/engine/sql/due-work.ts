import type { Tx } from '../../db/connection.ts';

/** What the clock and the tables say right after the lock. */
export interface Needs {
  /** The database's clock, to the millisecond, never before an earlier one. */
  asOf: Date;
  /** asOf's local date, `YYYY-MM-DD`. */
  today: string;
  /** Something may have changed since the last refresh. */
  marked: boolean;
  /** The kept documents are of an earlier day, or there are none yet. */
  newDay: boolean;
  /** A document has been invalidated, or somebody deleted it. */
  invalid: boolean;
  /** There is no document at all. */
  empty: boolean;
  /** A document expires within the time asked for. */
  expiring: boolean;
}

/** The transaction must have set TimeZone. `resetClock` forgets the earlier asOf (a recompute under another zone). */
export async function readNeeds(
  tx: Tx,
  { expiringWithinSeconds, resetClock }: { expiringWithinSeconds: number; resetClock: boolean },
): Promise<Needs> {
  const [needs] = await tx<[Needs]>`
    SELECT clock."asOf", to_char(clock."asOf", 'YYYY-MM-DD') AS today,
      EXISTS (SELECT FROM dashboard_stats.marks) AS marked,
      clock."asOf"::date IS DISTINCT FROM clock.local_date AS "newDay",
      kept.*
    FROM (
      SELECT count(*) = 0 AS empty,
        coalesce(bool_or(c."IsValid" IS NOT TRUE), false) AS invalid,
        coalesce(bool_or(c."ExpiresAt" < clock_timestamp() + ${expiringWithinSeconds} * INTERVAL '1 second'), false)
          AS expiring
      FROM dashboard_stats.documents d
      LEFT JOIN "DashboardStatsCache" c
        ON c."CacheKey" = d.cache_key AND c."CacheType" IN ('global', 'regional', 'facility')
    ) kept, (
      SELECT local_date, date_trunc('milliseconds',
        CASE WHEN ${resetClock} THEN clock_timestamp() ELSE greatest(clock_timestamp(), as_of) END) AS "asOf"
      FROM dashboard_stats.state
    ) clock`;
  return needs;
}
