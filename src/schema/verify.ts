/** Whether a migrated database is as the guide and this program need it, and the statements that repair what is not. */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { type Check, check } from './check.ts';
import { AREAS } from './diff/fault.ts';
import { compareApplication, compareOwn } from './diff.ts';
import { OWN_SCHEMA } from './expected.ts';
import { compare, listed, namesOf, readRecords } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { applicationSchema, readRows } from './schema-shape.ts';

/**
 * One check for each area that is as it must be, and one for each fault. The `sql` of all of them, run in the order
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
  const faults = [...(await compareOwn(db, schema)), ...(await compareApplication(db, schema))];
  const [state] = await readRows(db, OWN_SCHEMA, 'state');
  const leftOut = state?.['wants_triggers'] === false;
  const areas = Object.entries(AREAS).flatMap(([name, detail]): Check[] => {
    if (name === 'triggers' && leftOut)
      return [check(name, 'ok', 'Left out on purpose (migrate --no-triggers).')];
    const found = faults.filter(({ area }) => area === name);
    if (found.length === 0) return [check(name, 'ok', detail)];
    // Without what is of interest before the migration only.
    return found.map((fault) => check(fault.name, fault.status, fault.detail, fault));
  });
  return [migrations, ...areas];
}

async function checkMigrations(db: Db, files: readonly MigrationFile[]): Promise<Check> {
  const name = 'migrations';
  const [tables] = await db<[{ there: boolean }]>`
    SELECT to_regclass('"Projects"') IS NOT NULL AND to_regclass('"Users"') IS NOT NULL AS there`;
  if (!tables.there)
    return check(name, 'failed', 'There is no table "Projects" or no "Users" on the search path.', {
      advice: 'Set DATABASE_URL to the database of the application, or migrate an empty one.',
    });
  const migrations = compare(files, await readRecords(db));
  const pending = namesOf(migrations, 'pending');
  if (pending.length > 0) {
    const detail = `Not migrated: ${listed(pending)} ${pending.length === 1 ? 'is' : 'are'} pending.`;
    return check(name, 'failed', detail, { command: 'dashboard-stats migrate' });
  }
  const strange = namesOf(migrations, 'edited', 'missing');
  if (strange.length > 0) {
    const detail = `Not those of this program: ${strange.join(', ')}.`;
    return check(name, 'warning', detail, { command: 'dashboard-stats status' });
  }
  return check(name, 'ok', `All ${migrations.length} are applied or left out on purpose.`);
}
