/** What is there already and differs: what verify would call wrong after the migration, found before it. */
import type { Db } from '../db/connection.ts';
import { applicationSchema } from './application-schema.ts';
import { duplicateCacheKeys } from './duplicates.ts';
import { expectedIndexes } from './expected/indexes.ts';
import { identifier } from './statement.ts';
import type { Fault } from './verify/fault.ts';
import { compareStructure } from './verify/structure.ts';

/** What a step, or the service, would fail at. Changes nothing. */
export async function findCollisions(db: Db): Promise<Fault[]> {
  const schema = await applicationSchema(db);
  const faults = (await findStandingFaults(db, schema)).filter(({ migrate }) => migrate === 'refuses');
  return [...faults, ...(await findForeignDuplicates(db, schema, faults))];
}

/** What no step mends. */
export async function findStandingFaults(db: Db, schema: string): Promise<Fault[]> {
  const faults = Object.values(await compareStructure(db, schema)).flat();
  const missing = new Set(
    faults.filter(({ name, table }) => name === `table ${table}`).map(({ table }) => table),
  );
  const present = await findEarlyIndexes(db, schema);
  return [...faults, ...present.filter((one) => !faults.some(({ name }) => name === one.name))]
    .filter(({ status, migrate }) => status === 'failed' && migrate !== 'mends')
    .filter(({ name, table, sqlBefore }) => {
      // What a table lacks that is not there yet is no fault; what stands in its way is.
      return !missing.has(table) || name === `table ${table}` || sqlBefore !== undefined;
    })
    .map(({ sqlBefore, ...fault }) => (sqlBefore === undefined ? fault : { ...fault, sql: sqlBefore }));
}

/** Indexes of the names that sql/009 gives, which it makes whatever there is, before it has run. */
async function findEarlyIndexes(db: Db, schema: string): Promise<Fault[]> {
  const names = expectedIndexes.filter(([table]) => table === 'DashboardStatsCache').map(([, name]) => name);
  const rows = await db<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relname = ANY(${names}) AND relnamespace = to_regnamespace(quote_ident(${schema}))
      AND NOT EXISTS (SELECT FROM pg_class own WHERE own.relname = 'state'
        AND own.relnamespace = to_regnamespace('dashboard_stats'))`;
  return rows.map(({ name }) => ({
    name: `index ${name}`,
    table: 'DashboardStatsCache',
    status: 'failed',
    detail: 'It is there already, and step 009 would fail to make it.',
    sql: `DROP INDEX ${identifier(schema, name)};`,
    migrate: 'refuses',
  }));
}

/**
 * Step 009 deletes all but one row of a key of our CacheTypes; rows of a key that is not ours by contract are not ours to
 * delete. Not looked at where `faults` say that their table differs.
 */
export async function findForeignDuplicates(
  db: Db,
  schema: string,
  faults: readonly Fault[],
): Promise<Fault[]> {
  const table = 'DashboardStatsCache';
  const [there] = await db`
    SELECT FROM pg_class WHERE relname = ${table} AND relnamespace = to_regnamespace(quote_ident(${schema}))`;
  if (!there || faults.some((fault) => fault.table === table)) return [];
  const { foreign } = await duplicateCacheKeys(db, schema);
  if (foreign.length === 0) return [];
  return [
    {
      name: 'cache keys',
      table,
      status: 'failed',
      detail: `Several rows of one key that is not of the statistics (global, region:*, facility:*), under their CacheTypes: ${foreign.join(', ')}.`,
      advice:
        "Give the application's own rows another CacheType than global, regional and facility, or keep one of each.",
      migrate: 'refuses',
    },
  ];
}
