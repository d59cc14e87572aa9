/** The one comparison of a database with what is expected, for preflight, migrate and verify. Only reads. */
import type { Db } from '../db/connection.ts';
import { compareCacheKeys } from './diff/cache-keys.ts';
import { compareColumns } from './diff/columns.ts';
import { compareDeclarations } from './diff/declarations.ts';
import { encodingRefusal } from './diff/encoding.ts';
import { type Fault, ofType, type Pair } from './diff/fault.ts';
import { compareIndexes } from './diff/indexes.ts';
import { compareChecks, compareForeignKeys, comparePrimaryKey } from './diff/keys.ts';
import { compareOwnRows, compareQueue } from './diff/own-state.ts';
import { compareSeeds } from './diff/seeds.ts';
import { compareFunctions, compareTriggers } from './diff/triggers.ts';
import { expected, expectedApplication, OWN_SCHEMA } from './expected.ts';
import { applicationSchema, readSchema, type Schema } from './schema-shape.ts';
import { identifier } from './statement.ts';

/** The faults of the application's tables in `schema` and of the rows that the service needs there. */
export async function compareApplication(db: Db, schema: string): Promise<Fault[]> {
  const faults = compareSchemas(schema, expectedApplication, await readSchema(db, schema));
  const readable = (...tables: string[]) =>
    !faults.some(({ area, table }) => area === 'tables and columns' && tables.includes(table));
  return [
    ...faults,
    ...(await compareDeclarations(db, schema)),
    ...(readable('DashboardStatsCache') ? await compareCacheKeys(db, schema) : []),
    ...(await compareSeeds(db, schema)),
  ];
}

/** Those of our own schema. `schema` is the application's. */
export async function compareOwn(db: Db, schema: string): Promise<Fault[]> {
  const faults = compareSchemas(OWN_SCHEMA, expected.own, await readSchema(db, OWN_SCHEMA));
  return [...faults, ...(await compareOwnRows(db, schema))];
}

/** What no step of the migration repairs, so that verify would call it wrong after it. */
export function collisionsAmong(faults: readonly Fault[]): Fault[] {
  return faults
    .filter(({ status, migrate }) => status === 'failed' && migrate !== 'repairs')
    .map(({ sqlBefore, ...fault }) => (sqlBefore ? { ...fault, sql: sqlBefore } : fault));
}

/** What `migrate` refuses to begin for. */
export async function findRefusals(db: Db): Promise<Fault[]> {
  const unfit = await encodingRefusal(db);
  if (unfit) return [unfit];
  const faults = await compareApplication(db, await applicationSchema(db));
  return collisionsAmong(faults).filter(({ migrate }) => migrate === 'refuses');
}

function compareSchemas(schema: string, wanted: Schema, found: Schema): Fault[] {
  const parents = Object.values(wanted.tables).flatMap((table) =>
    ofType(table, 'f').map(({ parent }) => parent),
  );
  const faults = Object.entries(wanted.tables).flatMap(([name, table]) => {
    const present = found.tables[name];
    const sql = identifier(schema, name);
    const pair: Pair = { name, schema, sql, wanted: table, found: present?.isTable ? present : undefined };
    return [
      ...compareColumns(pair, present?.isTable === false),
      ...comparePrimaryKey(pair, parents.includes(name)),
      ...compareForeignKeys(pair),
      ...compareChecks(pair),
      ...compareQueue(pair),
      ...compareTriggers(pair),
    ];
  });
  return [
    ...compareFunctions(schema, wanted.functions, found.functions),
    ...faults,
    ...compareIndexes(schema, wanted.indexes, found.indexes),
  ];
}
