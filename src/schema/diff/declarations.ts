/** How the application's tables are declared beyond columns, keys and indexes, as far as a step or the service fails at it. */
import type { Db } from '../../db/connection.ts';
import { expectedApplication } from '../expected.ts';
import { type Fault, failed } from './fault.ts';

export async function compareDeclarations(db: Db, schema: string): Promise<Fault[]> {
  return [
    ...(await unlogged(db, schema)),
    ...(await inheriting(db, schema)),
    ...(await collations(db, schema)),
  ];
}

const TABLES = Object.keys(expectedApplication.tables);
const MARKED = TABLES.filter((table) => expectedApplication.tables[table]?.triggers['dashboard_stats_mark']);

/** A key of a logged table cannot name an unlogged one; and what a crash empties fires no trigger. */
async function unlogged(db: Db, schema: string): Promise<Fault[]> {
  const rows = await db<{ table: string; sql: string }[]>`
    SELECT relname AS table, format('ALTER TABLE %I.%I SET LOGGED;', nspname, relname) AS sql
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ${schema} AND relname = ANY(${TABLES}) AND relkind IN ('r', 'p') AND relpersistence <> 'p'
    ORDER BY relname`;
  const detail = 'It is unlogged: a crash of the server empties it, and no key of another table may name it.';
  return rows.map(({ table, sql }) =>
    failed({ name: `table ${table}`, area: 'tables and columns', table }, 'refuses', detail, sql),
  );
}

/** Reading a table reads what inherits from it; triggers are handed on to partitions only. */
async function inheriting(db: Db, schema: string): Promise<Fault[]> {
  const rows = await db<{ table: string; child: string }[]>`
    WITH RECURSIVE heir (of, id) AS (
      SELECT relname, pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ${schema} AND relname = ANY(${MARKED})
      UNION ALL
      SELECT of, inhrelid FROM heir JOIN pg_inherits ON inhparent = id
    )
    SELECT of AS table, id::regclass::text AS child FROM heir JOIN pg_class ON oid = id
    WHERE NOT relispartition AND EXISTS (SELECT FROM pg_inherits WHERE inhrelid = id)
      AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = id AND tgname = 'dashboard_stats_mark')
    ORDER BY 1, 2`;
  return rows.map(({ table, child }) => {
    const { definition = '' } = expectedApplication.tables[table]?.triggers['dashboard_stats_mark'] ?? {};
    return failed(
      { name: `trigger ${child}.dashboard_stats_mark`, area: 'triggers', table },
      'leaves',
      `${child} inherits from "${table}", and its changes leave no mark: the audit finds them, at the latest 15 minutes on.`,
      `${definition.replace('@', child)};`,
      `ALTER TABLE ${child} ENABLE ALWAYS TRIGGER dashboard_stats_mark;`,
    );
  });
}

/** The engine reads texts whatever their collation (db/columns.ts); these are compared by an index or by a step. */
async function collations(db: Db, schema: string): Promise<Fault[]> {
  const [found] = await db<[{ key: string | null; others: string | null }]>`
    WITH text_column AS (
      SELECT relname AS tab, attname AS col, collname, NOT collisdeterministic AS loose,
        format('ALTER TABLE %I.%I ALTER %I TYPE %s COLLATE pg_catalog."default";',
          nspname, relname, attname, format_type(atttypid, atttypmod)) AS sql
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
      JOIN pg_collation ON pg_collation.oid = attcollation
      WHERE nspname = ${schema} AND attnum > 0 AND collname <> 'default'
    )
    SELECT (SELECT sql FROM text_column WHERE (tab, col) = ('DashboardStatsCache', 'CacheKey') AND loose) AS key,
      (SELECT string_agg(sql, E'\\n') FROM text_column
        WHERE (tab, col) IN (('ProjectRegions', 'RegionName'), ('WaterFacilityTypes', 'SignalRGroupName'), ('SignalRGroups', 'GroupName'))
        HAVING count(DISTINCT collname) > 1) AS others`;
  const faults: Fault[] = [];
  if (found.key) {
    const place = { name: 'column DashboardStatsCache.CacheKey', table: 'DashboardStatsCache' };
    const detail = 'Its collation is nondeterministic: keys of two regions may count as one.';
    faults.push(failed({ ...place, area: 'tables and columns' }, 'refuses', detail, found.key));
  }
  if (found.others) {
    const place = { name: 'column SignalRGroups.GroupName', table: 'SignalRGroups' };
    const detail =
      'RegionName, SignalRGroupName and GroupName have different collations: step 011 cannot compare them. One for all will do.';
    faults.push(failed({ ...place, area: 'tables and columns' }, 'refuses', detail, found.others));
  }
  return faults;
}
