/** What `migrate` has to do, for itself and for its dry run. */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { type Collision, findRefusals } from './collisions.ts';
import { FILLING_STEP, fillStatement } from './fill-inverters.ts';
import { compare, type MigrationStatus, refuseStrangeHistory } from './history.ts';
import { migrationFailure } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { missingRecordStatements } from './record.ts';
import { refuseOldServer, serverVersion } from './server-version.ts';
import { actionFor, readProgress, type StepAction, statementsOf } from './step.ts';

export interface MigrationTarget {
  /** The number of the last file to run; default: all of them. Never undoes anything. */
  to?: number | undefined;
  /**
   * true: install the triggers; false: leave them out, or remove them where they are installed; 'keep': as was decided
   * when the database was last migrated, and install them where nothing was decided yet.
   */
  triggers: boolean | 'keep';
}

export interface Pending {
  /** In order; none: nothing is to be done. */
  steps: { file: MigrationFile; action: StepAction }[];
  /** What `migrate` refuses to begin for; searched where a file is to be run. */
  collisions: Collision[];
  /** The state of every migration now. */
  states: MigrationStatus[];
}

/**
 * Only reads.
 *
 * @throws MigrationError: the server is older than 13; an applied file was edited; the
 * database is newer than this program
 */
export async function readPending(
  db: Db,
  files: readonly MigrationFile[],
  { to = Infinity, triggers }: MigrationTarget,
): Promise<Pending> {
  refuseOldServer(await serverVersion(db));
  const records = await readProgress(db);
  const states = compare(files, records);
  refuseStrangeHistory(states);
  const steps = files.flatMap((file) => {
    const action = file.number <= to ? actionFor(file, records, triggers) : undefined;
    return action ? [{ file, action }] : [];
  });
  const runs = steps.some(({ action }) => action === 'run');
  return { steps, collisions: runs ? await findRefusals(db) : [], states };
}

export interface MigrationPlan {
  /** What creates the table of migrations, before the first step; empty where it is there. */
  preamble: string;
  /** What `migrate` would do, in order. `sql` is exactly what would be run; the record of the step comes on top. */
  steps: {
    number: number;
    name: string;
    action: StepAction;
    sql: string;
    /** Run before `sql`, over and over, each time in a transaction of its own: here with the first rows. */
    ahead?: string;
  }[];
  /** What would make it refuse; see collisions.ts. */
  collisions: string[];
  /** Migrations that would be pending after it. */
  stillPending: number;
}

/**
 * What `migrate` would do to this database now. It works in a READ ONLY transaction: the server itself refuses any
 * change.
 *
 * @throws MigrationError as `migrate` would before it changes anything, but for `collisions`
 */
export function planMigration(
  sql: Sql,
  files: readonly MigrationFile[],
  target: MigrationTarget,
): Promise<MigrationPlan> {
  return transaction(sql, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
    const { steps, collisions, states } = await readPending(tx, files, target);
    const [projects] = await tx`SELECT WHERE to_regclass('"Projects"') IS NOT NULL`;
    const planned = new Set(steps.map(({ file }) => file.number));
    return {
      preamble: steps.length > 0 ? (await missingRecordStatements(tx)).join('\n') : '',
      steps: steps.map(({ file, action }) => ({
        ...{ number: file.number, name: file.name, action, sql: statementsOf(file, action) },
        ...(file.number === FILLING_STEP && projects ? { ahead: fillStatement(true) } : {}),
      })),
      collisions: collisions.map(({ name, detail }) => `${name}: ${detail}`),
      stillPending: states.filter(({ number, state }) => state === 'pending' && !planned.has(number)).length,
    };
  }).catch((error) => {
    throw migrationFailure(error);
  });
}
