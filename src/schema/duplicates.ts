/** Several rows where one is expected; nothing in the guide's schema forbids them. */
import type { Db } from '../db/connection.ts';
import { isTable } from './schema-shape.ts';
import { identifier } from './statement.ts';

/**
 * `key (rows)` of each key that our CacheTypes have more than once: `ours` by contract, and `foreign`, an application's
 * own. None where the table is missing.
 */
export async function duplicateCacheKeys(
  db: Db,
  schema: string,
): Promise<{ ours: string[]; foreign: string[] }> {
  if (!(await isTable(db, schema, 'DashboardStatsCache'))) return { ours: [], foreign: [] };
  const rows = await db<{ key: string; ours: boolean }[]>`
    SELECT format('%s (%s)', "CacheKey", count(*)) AS key, "CacheKey" ~ '^(global$|region:|facility:)' AS ours
    FROM ${db(schema)}."DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
    GROUP BY "CacheKey" HAVING count(*) > 1 ORDER BY 1`;
  const keys = (ours: boolean) => rows.filter((row) => row.ours === ours).map((row) => row.key);
  return { ours: keys(true), foreign: keys(false) };
}

/** Keeps of each key the row that the migration would keep. */
export function dropDuplicateCacheKeys(schema: string): string {
  const table = identifier(schema, 'DashboardStatsCache');
  return `DELETE FROM ${table} WHERE "CacheId" IN (
  SELECT "CacheId" FROM (
    SELECT "CacheId", row_number() OVER (
      PARTITION BY "CacheKey" ORDER BY "Version" DESC NULLS LAST, "LastCalculated" DESC, "CacheId") AS place
    FROM ${table} WHERE "CacheType" IN ('global', 'regional', 'facility')
  ) ranked WHERE place > 1);`;
}
