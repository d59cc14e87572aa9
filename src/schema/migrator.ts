/**
 * Brings a database to the schema of this program: the numbered files of sql/, each in a transaction of its own, in
 * order, once. Killed at any instant it leaves whole steps behind, and the next run goes on.
 */
import { performance } from 'node:perf_hooks';
import type { Sql, Tx } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import { type Check, remedyOf } from './check.ts';

import { FILLING_STEP, fillInverters } from './fill-inverters.ts';
import {
  compare,
  type MigrationStatus,
  type MigrationStep,
  missingRecordStatements,
  readRecords,
  writeRecord,
} from './history.ts';
import { LOCK_TIMEOUT_MS, lockedTransaction } from './locked-transaction.ts';
import { explained, migrationFailure } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { findInTheWay, type MigrationTarget, type PendingStep, readPending } from './plan.ts';

export type { MigrationStatus, MigrationStep } from './history.ts';
export { loadMigrations, type MigrationFile } from './migration-files.ts';

export interface MigrateOptions extends MigrationTarget {
  /** Called after each step is committed; not for a step that another node did meanwhile. */
  onStep?: (step: MigrationStep) => void;
  /** Told which step begins, after how many of how many; and how many projects a step has written ahead, of how many. */
  onProgress?: (what: string, done: number, total: number) => void;
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
 * @throws MigrationError, before anything is changed: as readPending(); objects of another shape are in the way (all of them
 * are listed). Later: a statement failed, a right is missing, a lock could not be had; then the step is rolled back, and
 * those before it stay.
 */
export async function migrate(
  sql: Sql,
  files: readonly MigrationFile[],
  options: MigrateOptions = {},
): Promise<MigrationStatus[]> {
  const { lockTimeoutMs = LOCK_TIMEOUT_MS, onStep, onWait, onProgress } = options;
  const steps = await explained(readPending(sql, files, options));
  refuseCollisions(await explained(findInTheWay(sql, steps)));
  if (steps.length > 0) await explained(lockedTransaction(sql, lockTimeoutMs, ensureRecordTable));
  for (const [i, { file, sql: text }] of steps.entries()) {
    try {
      onProgress?.('migrations', i, steps.length);
      const waits = (holders: readonly string[]) => onWait?.(file, holders);
      if (file.number === FILLING_STEP) await fillInverters(sql, lockTimeoutMs, waits, onProgress);
      const run = async (tx: Tx) => {
        // Another node may have done it meanwhile.
        const step = (await readPending(tx, files, options)).find((one) => one.file === file);
        return step && runStep(tx, step);
      };
      const done = await lockedTransaction(sql, lockTimeoutMs, run, waits);
      if (done) onStep?.(done);
    } catch (error) {
      throw migrationFailure(error, { name: file.name, sql: text });
    }
  }
  return status(sql, files);
}

/** Inside its transaction and under the migration lock. */
async function runStep(tx: Tx, { file, action, sql }: PendingStep): Promise<MigrationStep> {
  const startedAt = performance.now();
  await tx.unsafe(sql);
  const step: MigrationStep = {
    number: file.number,
    name: file.name,
    outcome: action === 'skip' ? 'skipped' : 'applied',
    durationMs: Math.round(performance.now() - startedAt),
  };
  await writeRecord(tx, file, step);
  return step;
}

async function ensureRecordTable(tx: Tx): Promise<void> {
  for (const statement of await missingRecordStatements(tx)) await tx.unsafe(statement);
}

function refuseCollisions(collisions: readonly Check[]): void {
  if (collisions.length === 0) return;
  const list = collisions.map(({ name, detail }) => `\n  ${name}: ${detail}`).join('');
  const remedies = collisions.flatMap((one) => Object.values(remedyOf(one)));
  throw new MigrationError(`The database has objects of another shape than the migration needs:${list}`, {
    help: ['Nothing was changed. Repair it, and run migrate again:', ...remedies].join('\n'),
  });
}
