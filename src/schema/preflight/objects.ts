import type { Db } from '../../db/connection.ts';
import { type Check, remedyOf } from '../check.ts';
import { duplicateCacheKeys, findCollisions } from '../collisions.ts';
import type { MigrationFile } from '../migration-files.ts';
import { compareSeeds } from '../seeds.ts';
import { verifyIn } from '../verify.ts';

/** What is there already and differs, with the statement that repairs it. */
export async function checkExisting(db: Db, schema: string): Promise<Check[]> {
  const seeds = (await compareSeeds(db, schema)).filter(
    ({ status, isThere }) => status === 'failed' && isThere,
  );
  const found = [
    ...(await findCollisions(db, schema)),
    ...seeds.map((seed) => ({ ...seed, migrate: 'leaves' as const })),
  ].map(({ name, detail, migrate, ...rest }): Check => {
    const consequence =
      migrate === 'refuses'
        ? 'The migration refuses to begin.'
        : 'The migration leaves it, and verify will fail.';
    return { name, status: 'failed', detail: `${detail} ${consequence}`, ...remedyOf(rest) };
  });
  if (found.length > 0) return found;
  return [{ name: 'existing objects', status: 'ok', detail: 'None is in the way.' }];
}

/** Of a database where every migration is applied: no step creates or repairs anything any more. */
export async function checkMigrated(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  const faults = (await verifyIn(db, files)).filter(({ status }) => status === 'failed');
  if (faults.length > 0) return faults;
  return [{ name: 'existing objects', status: 'ok', detail: 'They are as the migrations made them.' }];
}

/** Rows that the migration deletes. */
export async function checkDuplicates(db: Db, schema: string): Promise<Check> {
  const name = 'duplicate cache keys';
  const { ours } = await duplicateCacheKeys(db, schema);
  if (ours.length === 0) return { name, status: 'ok', detail: 'None.' };
  return {
    name,
    status: 'warning',
    detail: `${ours.join(', ')}. The migration keeps of each the row with the highest Version and deletes the others.`,
    advice: 'Nothing, unless the others are needed: then copy them first.',
  };
}
