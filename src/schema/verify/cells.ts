/** Whether the tables of the incremental engine are as it needs them. */
import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { cellIndexes, cellKeys, cellTables } from '../expected/cells.ts';
import { OWN_SCHEMA } from '../expected/own-schema.ts';
import type { MigrationFile } from '../migration-files.ts';
import { checkColumns } from './columns.ts';
import { checkIndexes } from './indexes.ts';
import type { Constraint } from './keys.ts';

/** Where their part of sql/012 begins; it is the last one. */
const BEGINNING = '-- What the incremental engine keeps';
const partitionsOf = (table: string) => [`${table}_1`, `${table}_2`];

/** One check for all of them: what they hold can be made anew at any time, so they are, as a whole, if one is wrong. */
export async function checkCells(
  db: Db,
  files: readonly MigrationFile[],
  constraints: readonly Constraint[],
): Promise<Check[]> {
  const faults = [
    ...(await checkColumns(db, OWN_SCHEMA, cellTables)),
    ...(await checkIndexes(db, OWN_SCHEMA, cellIndexes)),
  ].map(({ name, detail }) => `${name}: ${detail}`);
  for (const [table, definition] of Object.entries(cellKeys)) {
    if (!constraints.some((one) => one.table === table && one.definition === definition))
      faults.push(`primary key of ${table}: It is missing, or not on what it must be on.`);
  }
  const partitions = Object.keys(cellTables).flatMap(partitionsOf);
  const attached = await db<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relname = ANY(${partitions}) AND relispartition AND relkind = 'r'
      AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${OWN_SCHEMA})`;
  for (const name of partitions) {
    if (!attached.some((one) => one.name === name))
      faults.push(`table ${name}: It is missing, or no partition.`);
  }
  if (faults.length === 0) return [];
  return [
    {
      name: 'cells',
      status: 'failed',
      detail: `In ${OWN_SCHEMA}: ${faults.join(' ')}`,
      sql: makeAnew(files),
    },
  ];
}

function makeAnew(files: readonly MigrationFile[]): string {
  const sql = files.find((file) => file.sql.includes(BEGINNING))?.sql ?? '';
  const tables = Object.keys(cellTables).flatMap((table) => [table, ...partitionsOf(table)]);
  return [
    `DROP TABLE IF EXISTS ${tables.map((table) => `${OWN_SCHEMA}.${table}`).join(', ')};`,
    sql.slice(sql.indexOf(BEGINNING)).trimEnd(),
    `UPDATE ${OWN_SCHEMA}.state SET generation = 0;`,
    `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`,
  ].join('\n');
}
