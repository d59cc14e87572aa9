import type { Db } from '../../db/connection.ts';
import { type Check, remedyOf } from '../check.ts';
import { findForeignDuplicates, findStandingFaults } from '../collisions.ts';
import { duplicateCacheKeys, duplicateNames } from '../duplicates.ts';
import type { MigrationFile } from '../migration-files.ts';
import { checkSeeds } from '../verify/seeds.ts';
import { findFaultsIn } from '../verify.ts';

/** What is there already and differs, with the statement that mends it. */
export async function checkExisting(db: Db, schema: string): Promise<Check[]> {
  const structure = await findStandingFaults(db, schema);
  const seeds = (await checkSeeds(db, schema)).filter(
    ({ status, migrate }) => status === 'failed' && migrate === 'leaves',
  );
  const duplicates = await findForeignDuplicates(db, schema, structure);
  const found = [...structure, ...seeds, ...duplicates].map(({ name, detail, migrate, ...rest }): Check => {
    const consequence =
      migrate === 'refuses'
        ? 'The migration refuses to begin.'
        : 'The migration leaves it, and verify will fail.';
    return {
      name,
      status: 'failed',
      detail: `${detail} ${consequence}`,
      ...remedyOf(rest),
    };
  });
  if (found.length > 0) return found;
  return [{ name: 'existing objects', status: 'ok', detail: 'None is in the way.' }];
}

/** Of a database where every migration is applied: no step makes or mends anything any more. */
export async function checkMigrated(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  const faults = await findFaultsIn(db, files);
  if (faults.length > 0) return faults;
  return [{ name: 'existing objects', status: 'ok', detail: 'They are as the migrations made them.' }];
}

/** Rows that the migration drops, or of which one only will count. */
export async function checkDuplicates(db: Db, schema: string): Promise<Check[]> {
  const rows = await db<{ table: string }[]>`
    SELECT relname AS table FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema}) AND relkind IN ('r', 'p')`;
  const tables = rows.map((row) => row.table);
  const check = (name: string, duplicates: string[], consequence: string, advice: string): Check =>
    duplicates.length === 0
      ? { name, status: 'ok', detail: 'None.' }
      : { name, status: 'warning', detail: `${duplicates.join(', ')}. ${consequence}`, advice };
  const named = async (name: string, table: string, column: string) =>
    check(
      name,
      tables.includes(table) ? await duplicateNames(db, schema, table, column) : [],
      'Of several active rows whose names differ in case only, the oldest counts.',
      `Rename or deactivate the others in "${table}".`,
    );
  return [
    await named('duplicate regions', 'ProjectRegions', 'RegionName'),
    await named('duplicate facility types', 'WaterFacilityTypes', 'FacilityTypeName'),
    check(
      'duplicate cache keys',
      tables.includes('DashboardStatsCache') ? (await duplicateCacheKeys(db, schema)).ours : [],
      'The migration keeps of each the row with the highest Version and deletes the others.',
      'Nothing, unless the others are needed: then copy them first.',
    ),
  ];
}
