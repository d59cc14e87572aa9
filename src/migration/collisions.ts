/** What is in the way of the migration: objects that are there already, but of another shape. */
import type { Db } from '../db/connection.ts';
import { applicationSchema } from './application-schema.ts';
import { isAcceptableType, parseColumn } from './expected-column.ts';
import { expectedTables, projectColumns, requiredColumns } from './expected-schema.ts';

interface Column {
  table: string;
  is_table: boolean;
  /** null for a table without columns. */
  column: string | null;
  type: string | null;
}

/** One sentence for each collision, none where the migration can run. Changes nothing. */
export async function findCollisions(db: Db): Promise<string[]> {
  const tables = [...Object.keys(expectedTables), ...Object.keys(requiredColumns)];
  const rows = await db<Column[]>`
    SELECT relname AS table, relkind IN ('r', 'p') AS is_table, attname AS column,
      format_type(atttypid, atttypmod) AS type
    FROM pg_class
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relname = ANY(${tables}) AND relnamespace =
      (SELECT oid FROM pg_namespace WHERE nspname = ${await applicationSchema(db)})
    ORDER BY relname, attnum`;

  const collisions: string[] = [];
  for (const table of new Set(rows.map((row) => row.table))) {
    const columns = rows.filter((row) => row.table === table);
    if (columns[0]?.is_table === false) {
      collisions.push(`"${table}" is not a table.`);
      continue;
    }
    const types = new Map(columns.map((row) => [row.column, row.type]));
    const required = { ...expectedTables[table], ...requiredColumns[table] };
    const optional = table === 'Projects' ? projectColumns : {};
    for (const [column, text] of Object.entries({ ...required, ...optional })) {
      const { type: expected } = parseColumn(text);
      const type = types.get(column);
      if (type && !isAcceptableType(type, expected)) {
        collisions.push(`"${table}"."${column}" is ${type}, where ${expected} is needed.`);
      } else if (!type && column in required) {
        collisions.push(`"${table}" is there, but has no column "${column}" (${expected}).`);
      }
    }
  }
  return collisions;
}
