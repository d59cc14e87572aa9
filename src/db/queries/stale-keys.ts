import type { Tx } from '../connection.ts';

/** The keys of our documents that are invalidated, or expire within so many seconds. */
export async function staleKeys(tx: Tx, expiringWithinSeconds: number): Promise<string[]> {
  const rows = await tx<{ key: string }[]>`
    SELECT "CacheKey" AS key FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility')
      AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)
      AND (NOT "IsValid" OR "ExpiresAt" < clock_timestamp() + ${expiringWithinSeconds} * INTERVAL '1 second')`;
  return rows.map((row) => row.key);
}
