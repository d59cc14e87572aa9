import type { Db } from '../../db/connection.ts';

/** Whether a refresh has anything to do: marks, an invalidated document, or a new local day. */
export async function pending(sql: Db, timeZone: string): Promise<boolean> {
  const [row] = await sql<[{ pending: boolean }]>`
    SELECT EXISTS (SELECT FROM dashboard_stats.marks)
      OR EXISTS (SELECT FROM "DashboardStatsCache"
                 WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility')
                   AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents))
      OR EXISTS (SELECT FROM dashboard_stats.state
                 WHERE local_date IS NULL OR local_date < (clock_timestamp() AT TIME ZONE ${timeZone})::date) AS pending`;
  return row.pending;
}
