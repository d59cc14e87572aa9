import type { Tx } from '../connection.ts';

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
  /** A document has been invalidated. */
  invalid: boolean;
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
      EXISTS (SELECT FROM "DashboardStatsCache"
              WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility')
                AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)) AS invalid,
      EXISTS (SELECT FROM "DashboardStatsCache"
              WHERE "CacheType" IN ('global', 'regional', 'facility')
                AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)
                AND "ExpiresAt" < clock_timestamp() + ${expiringWithinSeconds} * INTERVAL '1 second') AS expiring
    FROM (
      SELECT local_date, date_trunc('milliseconds',
        CASE WHEN ${resetClock} THEN clock_timestamp() ELSE greatest(clock_timestamp(), as_of) END) AS "asOf"
      FROM dashboard_stats.state
    ) clock`;
  return needs;
}
