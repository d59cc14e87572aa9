/** Whether a migrated database is as the guide and this program need it, and the statements that repair what is not. */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { type Check, remedyOf } from './check.ts';
import { dropDuplicateCacheKeys, duplicateCacheKeys } from './collisions.ts';
import type { Area, Fault } from './diff/fault.ts';
import { compareOwnRows } from './diff/own-state.ts';
import { compareApplication, compareOwn } from './diff.ts';
import { OWN_SCHEMA } from './expected.ts';
import { compare, namesOf, readRecords } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { applicationSchema, readRows } from './schema-shape.ts';
import { checkGroups, compareSeeds } from './seeds.ts';
import { checkRowSecurity, refreshingRoles } from './service-rights.ts';

/**
 * One check for each group that is as it must be, and one for each fault. The `sql` of all of them, run in the order
 * given, repairs everything. Only reads. A database that is not migrated gets a single check.
 */
export function verify(sql: Sql, files: readonly MigrationFile[]): Promise<Check[]> {
  return transaction(sql, { isolation: 'repeatable read', readOnly: true }, (tx) => verifyIn(tx, files));
}

/** As verify(), in a transaction that there is. */
export async function verifyIn(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  const migrations = await checkMigrations(db, files);
  if (migrations.status === 'failed') return [migrations];

  const schema = await applicationSchema(db);
  const faults = [
    ...(await compareOwn(db)),
    ...(await compareApplication(db, schema)),
    ...(await compareOwnRows(db, schema)),
  ];
  const differs = (...tables: string[]) =>
    faults.some((fault) => fault.area === 'tables and columns' && tables.includes(fault.table));
  const [state] = await readRows(db, OWN_SCHEMA, 'state');
  const wantsTriggers = state?.['wants_triggers'] !== false;
  const of = (area: Area) => faults.filter((fault) => fault.area === area);

  const groups: [name: string, detail: string, faults: Check[]][] = [
    ['tables and columns', 'Types, nullability and defaults are as expected.', of('tables and columns')],
    ['primary keys', 'Every table has its own.', of('primary keys')],
    ['foreign keys', 'Columns, targets and delete rules are as expected.', of('foreign keys')],
    ['check constraints', 'All there.', of('check constraints')],
    // Before the indexes, of which one could not be built.
    [
      'cache keys',
      'Each of ours occurs once.',
      differs('DashboardStatsCache') ? [] : await checkCacheKeys(db, schema),
    ],
    ['indexes', 'All there, on the columns expected.', of('indexes')],
    ['own state', 'All there.', of('own state')],
    ['seed rows', "Each has at least the guide's content.", await compareSeeds(db, schema)],
    [
      'SignalR groups',
      'Each region and facility type has its own.',
      differs('ProjectRegions', 'WaterFacilityTypes') ? [] : await checkGroups(db, schema),
    ],
    wantsTriggers
      ? ['triggers', 'All there and enabled always.', of('triggers')]
      : ['triggers', 'Left out on purpose (migrate --no-triggers).', []],
    [
      'row level security',
      'It hides nothing from the roles that may refresh.',
      await checkRowSecurity(db, schema, await refreshingRoles(db)),
    ],
  ];
  return [
    migrations,
    ...groups.flatMap(([name, detail, found]): Check[] =>
      found.length > 0 ? found.map(asCheck) : [{ name, status: 'ok', detail }],
    ),
  ];
}

/** Without what is of interest before the migration only. */
function asCheck({ name, status, detail, ...rest }: Check | Fault): Check {
  return { name, status, detail, ...remedyOf(rest) };
}

async function checkMigrations(db: Db, files: readonly MigrationFile[]): Promise<Check> {
  const name = 'migrations';
  const migrations = compare(files, await readRecords(db));
  const [tables] = await db<[{ there: boolean }]>`
    SELECT to_regclass('"Projects"') IS NOT NULL AND to_regclass('"Users"') IS NOT NULL AS there`;
  if (!tables.there) {
    return {
      name,
      status: 'failed',
      detail: 'There is no table "Projects" or no "Users" on the search path.',
      advice: 'Set DATABASE_URL to the database of the application, or migrate an empty one.',
    };
  }
  const pending = namesOf(migrations, 'pending');
  if (pending.length > 0) {
    const detail = `Not migrated: ${pending.join(', ')} ${pending.length === 1 ? 'is' : 'are'} pending.`;
    return { name, status: 'failed', detail, command: 'dashboard-stats migrate' };
  }
  const strange = namesOf(migrations, 'edited', 'missing');
  if (strange.length > 0) {
    const detail = `Not those of this program: ${strange.join(', ')}.`;
    return { name, status: 'warning', detail, command: 'dashboard-stats status' };
  }
  return { name, status: 'ok', detail: `All ${migrations.length} are applied or left out on purpose.` };
}

async function checkCacheKeys(db: Db, schema: string): Promise<Check[]> {
  const { ours, foreign } = await duplicateCacheKeys(db, schema);
  const keys = [...ours, ...foreign];
  if (keys.length === 0) return [];
  const detail = `Several rows of one key: ${keys.join(', ')}.`;
  return [{ name: 'cache keys', status: 'failed', detail, sql: dropDuplicateCacheKeys(schema) }];
}
