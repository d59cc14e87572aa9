import type { Db } from '../../db/connection.ts';
import { isTable } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { type Fault, failed } from './fault.ts';

/**
 * Keys that several rows under our CacheTypes have. Of a key of ours step 009 keeps one row; rows of another key are not
 * ours to delete, and the unique index would fail at them.
 */
export async function compareCacheKeys(db: Db, schema: string): Promise<Fault[]> {
  if (!(await isTable(db, schema, 'DashboardStatsCache'))) return [];
  const rows = await db<{ keys: string; ours: boolean }[]>`
    SELECT string_agg(format('%s (%s)', key, rows), ', ' ORDER BY key) AS keys, ours
    FROM (
      SELECT "CacheKey" AS key, count(*) AS rows, "CacheKey" ~ '^(global$|region:|facility:)' AS ours
      FROM ${db(schema)}."DashboardStatsCache"
      WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
      GROUP BY "CacheKey" HAVING count(*) > 1
    ) twice GROUP BY ours`;
  const place = { name: 'cache keys', area: 'cache keys', table: 'DashboardStatsCache' } as const;
  return rows.map(({ keys, ours }) =>
    ours
      ? failed(place, 'repairs', `Several rows of one key: ${keys}.`, dropDuplicates(schema))
      : {
          ...failed(
            place,
            'refuses',
            `Several rows of one key that is not of the statistics (global, region:*, facility:*), under their CacheTypes: ${keys}.`,
          ),
          advice:
            "Give the application's own rows another CacheType than global, regional and facility, or keep one of each.",
        },
  );
}

/** Keeps of each key the row that the migration would keep. */
function dropDuplicates(schema: string): string {
  const table = identifier(schema, 'DashboardStatsCache');
  return `DELETE FROM ${table} WHERE "CacheId" IN (
  SELECT "CacheId" FROM (
    SELECT "CacheId", row_number() OVER (
      PARTITION BY "CacheKey" ORDER BY "Version" DESC NULLS LAST, "LastCalculated" DESC, "CacheId") AS place
    FROM ${table} WHERE "CacheType" IN ('global', 'regional', 'facility')
      AND "CacheKey" ~ '^(global$|region:|facility:)'
  ) ranked WHERE place > 1);`;
}
