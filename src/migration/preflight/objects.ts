import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { findCollisions } from '../collisions.ts';
import { duplicateCacheKeys, duplicateNames } from '../duplicates.ts';
import { expectedIndexes } from '../expected-indexes.ts';
import { checkTakenNames } from '../verify/indexes.ts';

/** Objects that are there already and are in the way. */
export async function checkCollisions(db: Db, schema: string): Promise<Check[]> {
  const collisions = (await findCollisions(db)).map((detail): Check => {
    const remedy = 'Rename or convert it: ALTER TABLE ... ALTER COLUMN ... TYPE ..., or RENAME COLUMN.';
    return { name: 'existing objects', status: 'failed', detail, remedy };
  });
  const found = [...collisions, ...(await checkTakenNames(db, schema, expectedIndexes))];
  if (found.length > 0) return found;
  return [{ name: 'existing objects', status: 'ok', detail: 'None is in the way.' }];
}

/** Rows that the migration drops, or of which one only will count. */
export async function checkDuplicates(db: Db, schema: string): Promise<Check[]> {
  const rows = await db<{ table: string }[]>`
    SELECT relname AS table FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema}) AND relkind IN ('r', 'p')`;
  const tables = rows.map((row) => row.table);
  const check = (name: string, duplicates: string[], consequence: string, remedy: string): Check =>
    duplicates.length === 0
      ? { name, status: 'ok', detail: 'None.' }
      : { name, status: 'warning', detail: `${duplicates.join(', ')}. ${consequence}`, remedy };
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
      tables.includes('DashboardStatsCache') ? await duplicateCacheKeys(db, schema) : [],
      'The migration keeps of each the row with the highest Version and deletes the others.',
      'Nothing, unless the others are needed: then copy them first.',
    ),
  ];
}
