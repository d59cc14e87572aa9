/** What a database holds, as text that two databases can be compared by. */
import type { Sql } from '../../../src/db/connection.ts';

/** One line for each object of a schema, sorted. Not-null rules are part of the column's line. */
export async function describeSchema(sql: Sql, schema = 'public'): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    WITH tables AS (
      SELECT pg_class.oid, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = ${schema} AND relkind IN ('r', 'p', 'v')
    )
    SELECT 'table ' || relname AS line FROM tables
    UNION ALL
    SELECT concat_ws(' ', 'column', relname || '.' || attname, format_type(atttypid, atttypmod),
      CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid))
    FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL
    SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(pg_constraint.oid))
    FROM tables JOIN pg_constraint ON conrelid = tables.oid AND contype <> 'n'
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(indexrelid) FROM tables JOIN pg_index ON indrelid = tables.oid
    UNION ALL
    SELECT concat_ws(' ', pg_get_triggerdef(pg_trigger.oid), tgenabled)
    FROM tables JOIN pg_trigger ON tgrelid = tables.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'function ' || proname || ' ' || md5(prosrc) FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE nspname = ${schema}
    ORDER BY 1`;
  return rows.map((row) => row.line);
}

/** Every row of every table of a schema, by table; columns in `without` are left out. */
export async function readRows(
  sql: Sql,
  options: { schema?: string; without?: string[] } = {},
): Promise<Record<string, string[]>> {
  const { schema = 'public', without = [] } = options;
  const tables = await sql<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = ${schema} ORDER BY 1`;
  const result: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`
      SELECT (to_jsonb(t) - ${without}::text[])::text AS row FROM ${sql(schema)}.${sql(name)} t ORDER BY 1`;
    result[name] = rows.map(({ row }) => row);
  }
  return result;
}

/** Everything of both schemas: equal before and after means that nothing happened. */
export async function fingerprint(sql: Sql): Promise<unknown> {
  const schemas = ['public', 'dashboard_stats'];
  return {
    objects: await Promise.all(schemas.map((schema) => describeSchema(sql, schema))),
    rows: await Promise.all(schemas.map((schema) => readRows(sql, { schema }))),
  };
}
