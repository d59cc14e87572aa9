import type { Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { FILLING_STEP, fillStatement } from './fill-inverters.ts';
import { migrationFailure } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { type MigrationTarget, readPending } from './pending.ts';
import { missingRecordStatements } from './record.ts';
import { type StepAction, statementsOf } from './step.ts';

export interface MigrationPlan {
  /** What makes the table of migrations, before the first step; empty where it is there. */
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
    const pending = states.filter(({ state }) => state === 'pending').map(({ number }) => number);
    return {
      preamble: steps.length > 0 ? (await missingRecordStatements(tx)).join('\n') : '',
      steps: steps.map(({ file, action }) => ({
        ...{ number: file.number, name: file.name, action, sql: statementsOf(file, action) },
        ...(file.number === FILLING_STEP && projects ? { ahead: fillStatement(true) } : {}),
      })),
      collisions: collisions.map(({ name, detail }) => `${name}: ${detail}`),
      stillPending: pending.filter((number) => !steps.some(({ file }) => file.number === number)).length,
    };
  }).catch((error) => {
    throw migrationFailure(error);
  });
}
