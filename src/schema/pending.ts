import type { Db } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';
import { type Collision, findRefusals } from './collisions.ts';
import { compare, type MigrationStatus, refuseStrangeHistory } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { refuseOldServer, serverVersion } from './server-version.ts';
import { actionFor, readProgress, type StepAction } from './step.ts';

export interface MigrationTarget {
  /** The number of the last file to run; default: all of them. Never undoes anything. */
  to?: number | undefined;
  /**
   * true: install the triggers; false: leave them out, or take them away where they are installed; 'keep': as was decided
   * when the database was last migrated, and install them where nothing was decided yet.
   */
  triggers: boolean | 'keep';
}

export interface Pending {
  /** In order; none: nothing is to be done. */
  steps: { file: MigrationFile; action: StepAction }[];
  /** What `migrate` refuses to begin for: looked for where a file is to be run. */
  collisions: Collision[];
  /** The state of every migration now. */
  states: MigrationStatus[];
}

/**
 * What `migrate` has to do, and its dry run would. Only reads.
 *
 * @throws MigrationError: there is no migration `to`; the server is older than 13; an applied file was edited; the
 * database is newer than this program
 */
export async function readPending(
  db: Db,
  files: readonly MigrationFile[],
  { to, triggers }: MigrationTarget,
): Promise<Pending> {
  if (to !== undefined && !files.some((file) => file.number === to)) {
    throw new MigrationError(
      `There is no migration ${to}. There are ${files.map((file) => file.name).join(', ')}.`,
    );
  }
  refuseOldServer(await serverVersion(db));
  const records = await readProgress(db);
  const states = compare(files, records);
  refuseStrangeHistory(states);
  const steps = files
    .filter((file) => to === undefined || file.number <= to)
    .flatMap((file) => {
      const action = actionFor(file, records, triggers);
      return action ? [{ file, action }] : [];
    });
  const runs = steps.some(({ action }) => action === 'run');
  return { steps, collisions: runs ? await findRefusals(db) : [], states };
}
