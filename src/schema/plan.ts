/** What `migrate` has to do, for itself and for its dry run. */
import type { Db, Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { triggerState } from '../engine/sql/trigger-state.ts';
import type { Fault } from './diff/fault.ts';
import { findRefusals } from './diff.ts';
import { compare, missingRecordStatements, readRecords, refuseStrangeHistory } from './history.ts';
import { explained } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { refuseOldServer, serverVersion } from './server-version.ts';

export interface MigrationTarget {
  /** The number of the last file to run; default: all of them. Never undoes anything. */
  to?: number | undefined;
  /**
   * true: install the triggers, and repair those that somebody dropped or disabled; false: leave them out, or remove them;
   * 'keep': as was decided when the database was last migrated, and install them where nothing was decided yet.
   * Default: true.
   */
  triggers?: boolean | 'keep';
}

/** 010_triggers.sql, which may be left out, removed and repaired. */
const TRIGGERS = 10;
/** CASCADE takes the triggers along on whatever table they are, and nothing else can depend on a trigger's function. */
const REMOVE_TRIGGERS =
  'DROP FUNCTION IF EXISTS dashboard_stats.mark_project(), dashboard_stats.mark_everything() CASCADE;\n';

/** A step that is left to do. */
export interface PendingStep {
  file: MigrationFile;
  /** skip: it is left out, and what it made is removed. repair: it was run before. */
  action: 'run' | 'skip' | 'repair';
  /** Exactly what is run; the record of the step comes on top. */
  sql: string;
}

/**
 * In order; only reads.
 *
 * @throws MigrationError: the server is older than 13; an applied file was edited; the database is newer than this program
 */
export async function readPending(
  db: Db,
  files: readonly MigrationFile[],
  { to = Infinity, triggers = true }: MigrationTarget,
): Promise<PendingStep[]> {
  refuseOldServer(await serverVersion(db));
  const records = await readRecords(db);
  refuseStrangeHistory(compare(files, records));
  const skipped = new Map(records.map((record) => [record.number, record.skipped]));
  const wanted = triggers === 'keep' ? skipped.get(TRIGGERS) !== true : triggers;
  // Whoever starts a node did not ask for a repair, and whoever disabled the triggers may have had a reason.
  const mayRepair = triggers === true && skipped.get(TRIGGERS) === false;
  const broken = mayRepair && (await triggerState(db)).missing.length > 0;

  return files.flatMap((file): PendingStep[] => {
    const before = skipped.get(file.number);
    const ofTriggers = file.number === TRIGGERS;
    const skip = ofTriggers && !wanted;
    if (file.number > to || (before === skip && !(ofTriggers && broken))) return [];
    const action = skip ? 'skip' : before === false ? 'repair' : 'run';
    return [{ file, action, sql: ofTriggers ? triggersSql(file, wanted) : file.sql }];
  });
}

/** Readiness compares wants_triggers with what is installed, to distinguish "left out on purpose" from "dropped". */
function triggersSql(file: MigrationFile, wanted: boolean): string {
  return `${REMOVE_TRIGGERS}${wanted ? file.sql : ''}UPDATE dashboard_stats.state SET wants_triggers = ${wanted};\n`;
}

/** What `migrate` refuses to begin for; searched where a file is to be run for the first time. */
export async function findInTheWay(db: Db, steps: readonly PendingStep[]): Promise<Fault[]> {
  return steps.some(({ action }) => action === 'run') ? findRefusals(db) : [];
}

export interface MigrationPlan {
  /** What creates the table of migrations, before the first step; empty where it is there. */
  preamble: string;
  steps: (Pick<MigrationFile, 'number' | 'name'> & Omit<PendingStep, 'file'>)[];
  /** What would make `migrate` refuse; see findRefusals(). */
  collisions: string[];
  /** Migrations that would be pending after it. */
  stillPending: number;
}

/**
 * What `migrate` would do to this database now, in a READ ONLY transaction: the server itself refuses any change. It does
 * not list what fill-inverters.ts does ahead of step 002, which holds the same UPDATE.
 *
 * @throws MigrationError as `migrate` would before it changes anything, but for `collisions`
 */
export function planMigration(
  sql: Sql,
  files: readonly MigrationFile[],
  target: MigrationTarget = {},
): Promise<MigrationPlan> {
  const plan = transaction(sql, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
    const steps = await readPending(tx, files, target);
    const collisions = await findInTheWay(tx, steps);
    const pending = compare(files, await readRecords(tx)).filter(({ state }) => state === 'pending');
    return {
      preamble: steps.length > 0 ? (await missingRecordStatements(tx)).join('\n') : '',
      steps: steps.map(({ file: { number, name }, ...step }) => ({ number, name, ...step })),
      collisions: collisions.map(({ name, detail }) => `${name}: ${detail}`),
      stillPending: pending.filter(({ number }) => !steps.some(({ file }) => file.number === number)).length,
    };
  });
  return explained(plan);
}
