import type { Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { findCollisions } from './collisions.ts';
import { compare, refuseStrangeHistory } from './history.ts';
import { migrationFailure } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { actionFor, readProgress, type StepAction, statementsOf } from './step.ts';

export interface MigrationPlan {
  /** What `migrate` would do, in order. `sql` is exactly what would be run. */
  steps: { number: number; name: string; action: StepAction; sql: string }[];
  /** What would make it refuse; see collisions.ts. */
  collisions: string[];
}

/**
 * What `migrate` would do to this database now. It works in a READ ONLY transaction: the server itself refuses any
 * change.
 *
 * @throws MigrationError as `migrate` would before it changes anything
 */
export function planMigration(
  sql: Sql,
  files: readonly MigrationFile[],
  { to, triggers }: { to?: number | undefined; triggers: boolean },
): Promise<MigrationPlan> {
  return transaction(sql, 'repeatable read', async (tx) => {
    await tx`SET TRANSACTION READ ONLY`;
    const records = await readProgress(tx);
    refuseStrangeHistory(compare(files, records));
    const steps = files
      .filter((file) => to === undefined || file.number <= to)
      .flatMap((file) => {
        const action = actionFor(file, records, triggers);
        return action
          ? [{ number: file.number, name: file.name, action, sql: statementsOf(file, action, files) }]
          : [];
      });
    return { steps, collisions: (await findCollisions(tx)).map(({ name, detail }) => `${name}: ${detail}`) };
  }).catch((error) => {
    throw migrationFailure(error);
  });
}
