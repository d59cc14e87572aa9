/** What is there already and differs: what verify would call wrong after the migration, found before it. */
import type { Db } from '../db/connection.ts';
import type { Check } from './check.ts';
import { compareApplication } from './diff.ts';
import { applicationSchema, isTable } from './schema-shape.ts';
import { identifier } from './statement.ts';

/** A fault that no step repairs. */
export interface Collision extends Check {
  /** leaves: it stays as it is. refuses: a step, or the service, would fail at it. */
  migrate: 'leaves' | 'refuses';
}

/** What `migrate` refuses to begin for. Only reads. */
export async function findRefusals(db: Db): Promise<Collision[]> {
  const collisions = await findCollisions(db, await applicationSchema(db));
  return collisions.filter(({ migrate }) => migrate === 'refuses');
}

export async function findCollisions(db: Db, schema: string): Promise<Collision[]> {
  const faults = (await compareApplication(db, schema)).filter(({ status }) => status === 'failed');
  const standing = faults.flatMap(({ migrate, ...fault }) =>
    migrate === 'repairs' ? [] : [{ ...fault, migrate }],
  );
  const unreadable = standing.some(
    ({ table, area }) => table === 'DashboardStatsCache' && area === 'tables and columns',
  );
  const collisions = standing.map(({ sqlBefore, ...fault }) => ({
    ...fault,
    ...(sqlBefore === undefined ? {} : { sql: sqlBefore }),
  }));
  return [...collisions, ...(unreadable ? [] : await findForeignDuplicates(db, schema))];
}

/** Step 009 deletes all but one row of a key of ours; rows of another key under our CacheTypes are not ours to delete. */
async function findForeignDuplicates(db: Db, schema: string): Promise<Collision[]> {
  const { foreign } = await duplicateCacheKeys(db, schema);
  if (foreign.length === 0) return [];
  return [
    {
      name: 'cache keys',
      status: 'failed',
      detail: `Several rows of one key that is not of the statistics (global, region:*, facility:*), under their CacheTypes: ${foreign.join(', ')}.`,
      advice:
        "Give the application's own rows another CacheType than global, regional and facility, or keep one of each.",
      migrate: 'refuses',
    },
  ];
}

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
