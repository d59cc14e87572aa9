import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { OWN_SCHEMA } from '../expected-own-schema.ts';
import type { MigrationFile } from '../migration-files.ts';

/** Tables of the incremental engine, each with a partition for either generation. */
export const CELL_TABLES = ['contributions', 'totals', 'days', 'provinces', 'crossings'] as const;
/** Where their part of sql/009 begins; it is the last one. */
const BEGINNING = '-- What the incremental engine keeps';

/** Whether they are there. What they hold can be made anew at any time, so they are, as a whole, if one is missing. */
export async function checkCells(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  const expected = CELL_TABLES.flatMap((table) => [table, `${table}_1`, `${table}_2`]);
  const found = await db<{ table: string }[]>`
    SELECT relname AS table FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ${OWN_SCHEMA} AND relname = ANY(${expected}) AND relkind IN ('r', 'p')`;
  const missing = expected.filter((table) => !found.some((row) => row.table === table));
  if (missing.length === 0) return [];
  const sql = files.find((file) => file.sql.includes(BEGINNING))?.sql ?? '';
  return [
    {
      name: 'cells',
      status: 'failed',
      detail: `Missing in ${OWN_SCHEMA}: ${missing.join(', ')}.`,
      remedy: [
        `DROP TABLE IF EXISTS ${CELL_TABLES.map((table) => `${OWN_SCHEMA}.${table}`).join(', ')};`,
        sql.slice(sql.indexOf(BEGINNING)).trimEnd(),
        `UPDATE ${OWN_SCHEMA}.state SET generation = 0;`,
        `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`,
      ].join('\n'),
    },
  ];
}
