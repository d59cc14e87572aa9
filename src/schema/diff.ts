/** The one comparison of a database with what is expected, for preflight, migrate and verify. */
import type { Db } from '../db/connection.ts';
import { compareColumns } from './diff/columns.ts';
import { AREAS, type Fault, ofType, type Pair } from './diff/fault.ts';
import { compareIndexes } from './diff/indexes.ts';
import { compareChecks, compareForeignKeys, comparePrimaryKey } from './diff/keys.ts';
import { compareQueue } from './diff/own-state.ts';
import { compareFunctions, compareTriggers } from './diff/triggers.ts';
import { expected, expectedApplication, OWN_SCHEMA } from './expected.ts';
import { readSchema, type Schema } from './schema-shape.ts';
import { identifier } from './statement.ts';

/** The faults of the application's tables in `schema`, each with the statement that repairs it. Only reads catalogs. */
export async function compareApplication(db: Db, schema: string): Promise<Fault[]> {
  return compareSchemas(schema, expectedApplication, await readSchema(db, schema));
}

/** Those of our own schema. */
export async function compareOwn(db: Db): Promise<Fault[]> {
  return compareSchemas(OWN_SCHEMA, expected.own, await readSchema(db, OWN_SCHEMA));
}

/** Sorted by area: run in that order, the statements repair everything. */
function compareSchemas(schema: string, wanted: Schema, found: Schema): Fault[] {
  const parents = Object.values(wanted.tables).flatMap((table) =>
    ofType(table, 'f').map(({ parent }) => parent),
  );
  const faults = Object.entries(wanted.tables).flatMap(([name, table]) => {
    const present = found.tables[name];
    const pair: Pair = {
      name,
      schema,
      sql: identifier(schema, name),
      wanted: table,
      found: present?.isTable ? present : undefined,
    };
    return [
      ...compareColumns(pair, present?.isTable === false),
      ...comparePrimaryKey(pair, parents.includes(name)),
      ...compareForeignKeys(pair),
      ...compareChecks(pair),
      ...compareQueue(pair),
      ...compareTriggers(pair),
    ];
  });
  const all = [
    ...compareFunctions(schema, wanted.functions, found.functions),
    ...faults,
    ...compareIndexes(schema, wanted.indexes, found.indexes),
  ];
  return AREAS.flatMap((area) => all.filter((fault) => fault.area === area));
}
