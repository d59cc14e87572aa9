/**
 * Brings a database to the schema of this program: the numbered files of sql/, each in a transaction of its own, in
 * order, once. Killed at any instant it leaves whole steps behind, and the next run goes on.
 */
import type { Sql } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import { remedyOf } from './check.ts';
import type { Collision } from './collisions.ts';
import { FILLING_STEP, fillInverters } from './fill-inverters.ts';
import { compare, type MigrationStatus } from './history.ts';
import { LOCK_TIMEOUT_MS, lockedTransaction } from './locked-transaction.ts';
import { migrationFailure } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { type MigrationTarget, readPending } from './plan.ts';
import { ensureRecordTable, readRecords } from './record.ts';
import { type MigrationStep, runStep } from './step.ts';

export type { MigrationStatus } from './history.ts';
export { loadMigrations, type MigrationFile } from './migration-files.ts';
export type { MigrationStep } from './step.ts';

/** `triggers` by default true. */
export interface MigrateOptions extends Partial<MigrationTarget> {
  /** Called after each step is committed; not for a step that another node did meanwhile. */
  onStep?: (step: MigrationStep) => void;
  /** Called once for a step that has to wait for a lock, with a line for each session in the way. */
  onWait?: (file: MigrationFile, holders: readonly string[]) => void;
  /** How long one attempt waits for a lock of the application's, in ms; default 200. There are 40 attempts, with pauses. */
  lockTimeoutMs?: number;
}

/**
 * The state of each migration, in order. Only reads, and works on a database where nothing was ever installed.
 *
 * @throws MigrationError when the role may not read the table of migrations.
 */
export async function status(sql: Sql, files: readonly MigrationFile[]): Promise<MigrationStatus[]> {
  return compare(files, await explained(readRecords(sql)));
}

/**
 * Runs what is pending and returns the state afterwards. Where nothing is pending it writes nothing at all.
 *
 * @throws MigrationError, before anything is changed: the server is older than 13; an applied file was edited; the
 * database is newer than this program; objects of another shape are in the way (all of them are listed). Later: a
 * statement failed, a right is missing, a lock could not be had; then the step is rolled back, and those before it stay.
 */
export async function migrate(
  sql: Sql,
  files: readonly MigrationFile[],
  options: MigrateOptions = {},
): Promise<MigrationStatus[]> {
  const { to, triggers = true, lockTimeoutMs = LOCK_TIMEOUT_MS, onStep, onWait } = options;
  const { steps, collisions, states } = await explained(readPending(sql, files, { to, triggers }));
  if (steps.length === 0) return states;
  refuseCollisions(collisions);

  await explained(lockedTransaction(sql, lockTimeoutMs, ensureRecordTable));
  for (const { file } of steps) {
    try {
      const waits = (holders: readonly string[]) => onWait?.(file, holders);
      if (file.number === FILLING_STEP) await fillInverters(sql, lockTimeoutMs, waits);
      const step = await lockedTransaction(sql, lockTimeoutMs, (tx) => runStep(tx, file, triggers), waits);
      if (step) onStep?.(step);
    } catch (error) {
      throw migrationFailure(error, file);
    }
  }
  return status(sql, files);
}

/** A failure comes with what to do about it. */
function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw migrationFailure(error);
  });
}

function refuseCollisions(collisions: readonly Collision[]): void {
  if (collisions.length === 0) return;
  const list = collisions.map(({ name, detail }) => `\n  ${name}: ${detail}`).join('');
  const remedies = collisions.flatMap((one) => Object.values(remedyOf(one)));
  throw new MigrationError(`The database has objects of another shape than the migration needs:${list}`, {
    help: ['Nothing was changed. Repair it, and run migrate again:', ...remedies].join('\n'),
  });
}
