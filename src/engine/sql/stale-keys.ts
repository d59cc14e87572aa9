import type { Tx } from '../../db/connection.ts';

/** The keys of our documents that are invalidated, were deleted by somebody, or expire within so many seconds. */
export async function staleKeys(tx: Tx, expiringWithinSeconds: number): Promise<string[]> {
  const rows = await tx<{ key: string }[]>`
    SELECT d.cache_key AS key
    FROM dashboard_stats.documents d
    LEFT JOIN "DashboardStatsCache" c
      ON c."CacheKey" = d.cache_key AND c."CacheType" IN ('global', 'regional', 'facility')
    WHERE c."IsValid" IS NOT TRUE
      OR c."ExpiresAt" < clock_timestamp() + ${expiringWithinSeconds} * INTERVAL '1 second'`;
  return rows.map((row) => row.key);
}
