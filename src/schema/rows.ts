import type { Db } from '../db/connection.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Every row with the columns that it has; none where the table is missing. For small tables. */
export async function readRows(db: Db, schema: string, table: string): Promise<Row[]> {
  if (!(await isTable(db, schema, table))) return [];
  const rows = await db<{ row: Row }[]>`SELECT to_jsonb(t) AS row FROM ${db(schema)}.${db(table)} t`;
  return rows.map(({ row }) => row);
}

export async function isTable(db: Db, schema: string, table: string): Promise<boolean> {
  const rows = await db`
    SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ${schema} AND relname = ${table} AND relkind IN ('r', 'p')`;
  return rows.length > 0;
}
