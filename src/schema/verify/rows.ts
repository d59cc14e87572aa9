import type { Db } from '../../db/connection.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Every row with the columns that it has; none where the table is missing. For small tables. */
export async function readRows(db: Db, schema: string, table: string): Promise<Row[]> {
  const [found] = await db<[{ there: boolean }]>`
    SELECT to_regclass(format('%I.%I', ${schema}::text, ${table}::text)) IS NOT NULL AS there`;
  if (!found.there) return [];
  const rows = await db<{ row: Row }[]>`SELECT to_jsonb(t) AS row FROM ${db(schema)}.${db(table)} t`;
  return rows.map(({ row }) => row);
}
