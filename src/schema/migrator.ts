/**
 * Brings a database to the schema of this program: the numbered files of sql/, each in a transaction of its own, in
 * order, once. Killed at any instant it leaves whole steps behind, and the next run goes on. The library umzug decides
 * what is to run and runs it in order; what makes it safe between nodes is the transaction of each step.
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
import { type MigrationTarget, readPending } from './pending.ts';
import { ensureRecordTable, readRecords } from './record.ts';
import { actionFor, type MigrationStep, readProgress, runStep } from './step.ts';

export type { MigrationStatus } from './history.ts';
export { loadMigrations, type MigrationFile } from './migration-files.ts';
export type { MigrationStep } from './step.ts';

/** `triggers` by default true. */
export interface MigrateOptions extends Partial<MigrationTarget> {
  /** Called after each step is committed. A step that another node did meanwhile is not told. */
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
  return compare(files, await told(readRecords(sql)));
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
  const { steps, collisions, states } = await told(readPending(sql, files, { to, triggers }));
  if (steps.length === 0) return states;
  refuseCollisions(collisions);

  const due = files.filter((file) => to === undefined || file.number <= to);
  await lockedTransaction(sql, lockTimeoutMs, ensureRecordTable).catch((error) => {
    throw migrationFailure(error);
  });
  await runInOrder(sql, due, triggers, async (file) => {
    if (file.number === FILLING_STEP && actionFor(file, await told(readProgress(sql)), triggers))
      await fillInverters(sql, lockTimeoutMs);
    const step = await lockedTransaction(
      sql,
      lockTimeoutMs,
      (tx) => runStep(tx, file, triggers),
      (holders) => onWait?.(file, holders),
    );
    if (step) onStep?.(step);
  });
  return status(sql, files);
}

/** What the database says; a failure says what to do. */
function told<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error) => {
    throw migrationFailure(error);
  });
}

async function runInOrder(
  sql: Sql,
  files: readonly MigrationFile[],
  triggers: boolean | 'keep',
  run: (file: MigrationFile) => Promise<void>,
): Promise<void> {
  // Loaded here because it takes 150 ms, which the start of a service on a migrated database need not pay.
  const { Umzug, MigrationError: StepError } = await import('umzug');
  const umzug = new Umzug({
    logger: undefined,
    migrations: files.map((file) => ({
      name: file.name,
      up: async () => {
        try {
          await run(file);
        } catch (error) {
          throw migrationFailure(error, file);
        }
      },
    })),
    // It only reads. The record of a step is written in the step's own transaction: written afterwards, as umzug would
    // do it, a crash in between would leave a step that is done and that the next run does again.
    storage: {
      async executed() {
        const now = await readProgress(sql);
        return files.filter((file) => !actionFor(file, now, triggers)).map((file) => file.name);
      },
      async logMigration() {},
      async unlogMigration() {},
    },
  });
  try {
    await umzug.up();
  } catch (error) {
    throw error instanceof StepError ? error.cause : error;
  }
}

function refuseCollisions(collisions: readonly Collision[]): void {
  if (collisions.length === 0) return;
  const list = collisions.map(({ name, detail }) => `\n  ${name}: ${detail}`).join('');
  const remedies = collisions.flatMap((one) => Object.values(remedyOf(one)));
  throw new MigrationError(`The database has objects of another shape than the migration needs:${list}`, {
    help: ['Nothing was changed. Mend it, and run migrate again:', ...remedies].join('\n'),
  });
}
