/** One migration, and what is left to do for it. */
import { performance } from 'node:perf_hooks';
import type { Db, Tx } from '../db/connection.ts';
import { triggerState } from '../engine/sql/trigger-state.ts';
import { compare, refuseStrangeHistory } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { type RecordedMigration, readRecords, writeRecord } from './record.ts';

/** 010_triggers.sql, the step that may be left out and taken back. */
const TRIGGERS = 10;

export interface MigrationStep {
  number: number;
  name: string;
  outcome: 'applied' | 'skipped';
  durationMs: number;
}

/** skip: it is only recorded as left out. repair-triggers: some were dropped or disabled. */
export type StepAction = 'run' | 'skip' | 'remove-triggers' | 'repair-triggers';

/** A record, and whether what its step made is damaged; only checked for the triggers. */
type Progress = RecordedMigration & { broken: boolean };

export async function readProgress(db: Db): Promise<Progress[]> {
  const records = await readRecords(db);
  const installed = records.some(({ number, skipped }) => number === TRIGGERS && !skipped);
  const broken = installed && (await triggerState(db)).missing.length > 0;
  return records.map((record) => ({ ...record, broken: broken && record.number === TRIGGERS }));
}

/** What is left to do for a file; undefined when nothing is. `triggers` as in MigrateOptions. */
export function actionFor(
  file: MigrationFile,
  records: readonly Progress[],
  triggers: boolean | 'keep',
): StepAction | undefined {
  const record = records.find((one) => one.number === file.number);
  if (file.number !== TRIGGERS) return record ? undefined : 'run';

  const installed = record !== undefined && !record.skipped;
  const wanted = triggers === 'keep' ? !record?.skipped : triggers;
  if (!wanted) return installed ? 'remove-triggers' : record ? undefined : 'skip';
  if (!installed) return 'run';
  // Whoever starts a node did not ask for a repair, and whoever disabled the triggers may have had a reason.
  return record.broken && triggers !== 'keep' ? 'repair-triggers' : undefined;
}

/** One step, inside its transaction and under the migration lock; undefined when another node has done it meanwhile. */
export async function runStep(
  tx: Tx,
  file: MigrationFile,
  triggers: boolean | 'keep',
): Promise<MigrationStep | undefined> {
  const records = await readProgress(tx);
  refuseStrangeHistory(
    compare(
      [file],
      records.filter((record) => record.number === file.number),
    ),
  );
  const action = actionFor(file, records, triggers);
  if (!action) return undefined;

  const startedAt = performance.now();
  await tx.unsafe(statementsOf(file, action));
  const durationMs = performance.now() - startedAt;

  const skipped = action === 'skip' || action === 'remove-triggers';
  await writeRecord(tx, file, { skipped, durationMs });
  return { number: file.number, name: file.name, durationMs, outcome: skipped ? 'skipped' : 'applied' };
}

/** The SQL of a step, as it is run; its record comes on top. */
export function statementsOf(file: MigrationFile, action: StepAction): string {
  if (file.number !== TRIGGERS) return file.sql;
  const wanted = action === 'run' || action === 'repair-triggers';
  return (
    (action === 'run' || action === 'skip' ? '' : REMOVE_TRIGGERS) +
    (wanted ? file.sql : '') +
    // Readiness compares it with what is installed, to distinguish "left out on purpose" from "dropped".
    `UPDATE dashboard_stats.state SET wants_triggers = ${wanted};\n`
  );
}

/** CASCADE takes the triggers along on whatever table they are, and nothing else can depend on a trigger's function. */
const REMOVE_TRIGGERS =
  'DROP FUNCTION IF EXISTS dashboard_stats.mark_project(), dashboard_stats.mark_everything() CASCADE;\n';
