/** Whether a migrated database is as the guide and this program need it, and the statements that mend what is not. */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { applicationSchema } from './application-schema.ts';
import { type Check, remedyOf } from './check.ts';
import { dropDuplicateCacheKeys, duplicateCacheKeys } from './duplicates.ts';
import { OWN_SCHEMA, ownChecks, ownIndexes, ownTables } from './expected/own-schema.ts';
import { compare } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { readRecords } from './record.ts';
import { checkRowSecurity, refreshingRoles } from './row-security.ts';
import { checkBehaviour } from './verify/behaviour.ts';
import { checkCells } from './verify/cells.ts';
import { checkColumns } from './verify/columns.ts';
import { checkGroups } from './verify/groups.ts';
import { checkIndexes } from './verify/indexes.ts';
import { checkChecks, checkPrimaryKeys, readConstraints } from './verify/keys.ts';
import { checkOwnState } from './verify/own-state.ts';
import { readRows } from './verify/rows.ts';
import { checkSeeds } from './verify/seeds.ts';
import { compareStructure, primaryKeys } from './verify/structure.ts';
import { checkTriggers } from './verify/triggers.ts';

/**
 * One check for each group that is as it must be, and one for each fault. The `sql` of all of them, run in the order
 * given, mends everything. Changes nothing: what it tries out it rolls back. A database that is not migrated gets a single check.
 */
export async function verify(sql: Sql, files: readonly MigrationFile[]): Promise<Check[]> {
  const { schema, wantsTriggers, checks } = await lookAtAll(sql, files);
  if (schema === undefined) return checks;
  return [...checks, ...(await checkBehaviour(sql, schema, wantsTriggers))];
}

/** What `verify` would call wrong in a migrated database, without trying anything out. Only reads. */
export async function findFaults(sql: Sql, files: readonly MigrationFile[]): Promise<Check[]> {
  return await lookAtAll(sql, files).then(failed);
}

/** As findFaults(), in a transaction that there is. */
export async function findFaultsIn(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  return failed(await look(db, files));
}

function failed({ checks }: Found): Check[] {
  return checks.filter(({ status }) => status === 'failed');
}

function lookAtAll(sql: Sql, files: readonly MigrationFile[]): Promise<Found> {
  return transaction(sql, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
    return await look(tx, files);
  });
}

interface Found {
  /** undefined where there is no migrated database to try anything on. */
  schema?: string;
  wantsTriggers: boolean;
  checks: Check[];
}

async function look(db: Db, files: readonly MigrationFile[]): Promise<Found> {
  const migrations = await checkMigrations(db, files);
  if (migrations.status === 'failed') return { wantsTriggers: false, checks: [migrations] };

  const schema = await applicationSchema(db);
  const application = await compareStructure(db, schema);
  const own = await readConstraints(db, OWN_SCHEMA);
  const [state] = await readRows(db, OWN_SCHEMA, 'state');
  const wantsTriggers = state?.['wants_triggers'] !== false;
  const scopesAreReadable = !application.columns.some(({ table }) =>
    ['ProjectRegions', 'WaterFacilityTypes'].includes(table),
  );
  const groups: [name: string, detail: string, faults: Check[]][] = [
    [
      'tables and columns',
      'Types, nullability and defaults are as expected.',
      [...application.columns, ...(await checkColumns(db, OWN_SCHEMA, ownTables))],
    ],
    [
      'primary keys',
      'Every table has its own.',
      [...application.primaryKeys, ...checkPrimaryKeys(OWN_SCHEMA, primaryKeys(ownTables), own)],
    ],
    ['foreign keys', 'Columns, targets and delete rules are as expected.', application.foreignKeys],
    ['check constraints', 'All there.', [...application.checks, ...checkChecks(OWN_SCHEMA, ownChecks, own)]],
    ['cache keys', 'Each of ours occurs once.', await checkCacheKeys(db, schema, application.columns)],
    [
      'indexes',
      'All there, on the columns expected.',
      [...application.indexes, ...(await checkIndexes(db, OWN_SCHEMA, ownIndexes))],
    ],
    [
      'own state',
      'All there.',
      [...(await checkOwnState(db, schema, state)), ...(await checkCells(db, files, own))],
    ],
    ['seed rows', "Each has at least the guide's content.", await checkSeeds(db, schema)],
    [
      'SignalR groups',
      'Each region and facility type has its own.',
      scopesAreReadable ? await checkGroups(db, schema) : [],
    ],
    wantsTriggers
      ? ['triggers', 'All there and enabled always.', await checkTriggers(db, schema, files)]
      : ['triggers', 'Left out on purpose (migrate --no-triggers).', []],
  ];
  groups.push([
    'row level security',
    'It hides nothing from the roles that may refresh.',
    await checkRowSecurity(db, schema, await refreshingRoles(db)),
  ]);
  const checks = groups.flatMap(([name, detail, faults]): Check[] =>
    faults.length > 0 ? faults.map(asCheck) : [{ name, status: 'ok', detail }],
  );
  return { schema, wantsTriggers, checks: [migrations, ...checks] };
}

/** Without what is of interest before the migration only. */
function asCheck({ name, status, detail, ...rest }: Check): Check {
  return { name, status, detail, ...remedyOf(rest) };
}

async function checkMigrations(db: Db, files: readonly MigrationFile[]): Promise<Check> {
  const name = 'migrations';
  const migrations = compare(files, await readRecords(db));
  const [tables] = await db<[{ there: boolean }]>`
    SELECT to_regclass('"Projects"') IS NOT NULL AND to_regclass('"Users"') IS NOT NULL AS there`;
  const named = (state: string) => migrations.filter((one) => one.state === state).map((one) => one.name);
  if (!tables.there) {
    return {
      name,
      status: 'failed',
      detail: 'There is no table "Projects" or no "Users" on the search path.',
      advice: 'Set DATABASE_URL to the database of the application, or migrate an empty one.',
    };
  }
  if (named('pending').length > 0) {
    const detail = `Not migrated: ${named('pending').join(', ')} ${named('pending').length === 1 ? 'is' : 'are'} pending.`;
    return { name, status: 'failed', detail, command: 'npm run --silent cli -- migrate' };
  }
  const strange = [...named('edited'), ...named('missing')];
  if (strange.length > 0) {
    const detail = `Not those of this program: ${strange.join(', ')}.`;
    return { name, status: 'warning', detail, command: 'npm run --silent cli -- status' };
  }
  return { name, status: 'ok', detail: `All ${migrations.length} are applied or left out on purpose.` };
}

/** Before the indexes, of which one would not be built. */
async function checkCacheKeys(db: Db, schema: string, columnFaults: readonly Check[]): Promise<Check[]> {
  if (columnFaults.some(({ name }) => name.includes(' DashboardStatsCache'))) return [];
  const { ours, foreign } = await duplicateCacheKeys(db, schema);
  const keys = [...ours, ...foreign];
  if (keys.length === 0) return [];
  const detail = `Several rows of one key: ${keys.join(', ')}.`;
  return [{ name: 'cache keys', status: 'failed', detail, sql: dropDuplicateCacheKeys(schema) }];
}
