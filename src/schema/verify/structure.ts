/** The application's tables beside what schema 2.1 needs of them. */
import type { Db } from '../../db/connection.ts';
import { expectedIndexes } from '../expected/indexes.ts';
import { expectedChecks, expectedForeignKeys } from '../expected/keys.ts';
import { type Columns, expectedTables, projectColumns, requiredColumns } from '../expected/schema.ts';
import { checkColumns } from './columns.ts';
import type { Fault } from './fault.ts';
import { checkIndexes } from './indexes.ts';
import { checkChecks, checkForeignKeys, checkPrimaryKeys, readConstraints } from './keys.ts';

const tables: Readonly<Record<string, Columns>> = {
  ...requiredColumns,
  ...expectedTables,
  Projects: { ...requiredColumns['Projects'], ...projectColumns },
};
const keys = primaryKeys(tables);

export type Structure = Readonly<
  Record<'columns' | 'primaryKeys' | 'foreignKeys' | 'checks' | 'indexes', Fault[]>
>;

/** The one comparison that preflight, migrate and verify go by. Only reads catalogs. */
export async function compareStructure(db: Db, schema: string): Promise<Structure> {
  const constraints = await readConstraints(db, schema);
  return {
    columns: await checkColumns(db, schema, tables),
    primaryKeys: checkPrimaryKeys(schema, keys, constraints),
    foreignKeys: checkForeignKeys(schema, expectedForeignKeys, keys, constraints),
    checks: checkChecks(schema, expectedChecks, constraints),
    indexes: await checkIndexes(db, schema, expectedIndexes),
  };
}

/** The first column of each table that refuses null there. */
export function primaryKeys(columnsOf: Readonly<Record<string, Columns>>): Map<string, string> {
  return new Map(
    Object.entries(columnsOf).flatMap(([table, columns]) => {
      const [first] = Object.entries(columns);
      return first?.[1].includes(' not null') ? [[table, first[0]] as const] : [];
    }),
  );
}
