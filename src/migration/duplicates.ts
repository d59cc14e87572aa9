/** Several rows where one is expected; nothing in the guide's schema forbids them. */
import type { Db } from '../db/connection.ts';
import { identifier } from './statement.ts';

/** `key (rows)` of each key that our documents have more than once. The table must exist. */
export async function duplicateCacheKeys(db: Db, schema: string): Promise<string[]> {
  const rows = await db<{ key: string }[]>`
    SELECT format('%s (%s)', "CacheKey", count(*)) AS key FROM ${db(schema)}."DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
    GROUP BY "CacheKey" HAVING count(*) > 1 ORDER BY 1`;
  return rows.map((row) => row.key);
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

/** The names, in lower case, that several active rows have. The table must exist. */
export async function duplicateNames(
  db: Db,
  schema: string,
  table: string,
  column: string,
): Promise<string[]> {
  const rows = await db<{ name: string }[]>`
    SELECT lower(${db(column)}) AS name FROM ${db(schema)}.${db(table)} WHERE "IsActive"
    GROUP BY 1 HAVING count(*) > 1 ORDER BY 1`;
  return rows.map((row) => row.name);
}
