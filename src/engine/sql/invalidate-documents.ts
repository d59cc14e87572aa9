import type { Tx } from '../../db/connection.ts';

/** Sets `revision` as the floor of our documents (of those in `keys`, or all) and in the state row. */
export async function invalidateDocuments(
  tx: Tx,
  keys: readonly string[] | undefined,
  revision: number,
): Promise<string[]> {
  const rows = await tx<{ key: string }[]>`
    WITH moved AS (UPDATE dashboard_stats.state SET revision = ${revision})
    UPDATE "DashboardStatsCache" SET "IsValid" = false, "Version" = ${revision}
    WHERE "CacheType" IN ('global', 'regional', 'facility')
      AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)
      ${keys ? tx`AND "CacheKey" = ANY(${keys as string[]}::text[])` : tx``}
    RETURNING "CacheKey" AS key`;
  return rows.map((row) => row.key).sort();
}

/** The keys that have a document. */
export async function documentKeys(tx: Tx): Promise<string[]> {
  const rows = await tx<
    { key: string }[]
  >`SELECT cache_key AS key FROM dashboard_stats.documents ORDER BY cache_key`;
  return rows.map((row) => row.key);
}

/** For the application's log of events (sql/011, 013); an append waits for nobody. */
export async function queueInvalidation(tx: Tx, revision: number, keys: readonly string[]): Promise<void> {
  await tx`
    INSERT INTO dashboard_stats.queued_events (event_type, revision, keys, processing_ms)
    SELECT 'StatsInvalidated', ${revision}::bigint, keys,
      extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000
    FROM (VALUES (${keys as string[]}::text[])) AS invalidated (keys) WHERE cardinality(keys) > 0`;
}
