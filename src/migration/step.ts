/** One migration, and what is left to do for it. */
import { performance } from 'node:perf_hooks';
import type { Tx } from '../db/connection.ts';
import { recordChanges } from './changes.ts';
import { compare, refuseStrangeHistory } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { type RecordedMigration, readRecords, writeRecord } from './record.ts';

/** 010_triggers.sql, the one step that may be left out and taken back. */
const TRIGGERS = 10;

export interface MigrationStep {
  number: number;
  name: string;
  outcome: 'applied' | 'skipped';
  durationMs: number;
}

/** skip: it is only noted as left out. */
export type StepAction = 'run' | 'skip' | 'remove-triggers';

/** What is left to do for a file; undefined when nothing is. `triggers` as in MigrateOptions. */
export function actionFor(
  file: MigrationFile,
  records: readonly RecordedMigration[],
  triggers: boolean | 'keep',
): StepAction | undefined {
  const record = records.find((one) => one.number === file.number);
  if (file.number !== TRIGGERS) return record ? undefined : 'run';

  const wanted = triggers === 'keep' ? !record?.skipped : triggers;
  if (record && !record.skipped) return wanted ? undefined : 'remove-triggers';
  if (wanted) return 'run';
  return record ? undefined : 'skip';
}

/** One step, inside its transaction and under the migration lock; undefined when another node has done it meanwhile. */
export async function runStep(
  tx: Tx,
  file: MigrationFile,
  triggers: boolean | 'keep',
): Promise<MigrationStep | undefined> {
  const records = await readRecords(tx);
  refuseStrangeHistory(
    compare(
      [file],
      records.filter((record) => record.number === file.number),
    ),
  );
  const action = actionFor(file, records, triggers);
  if (!action) return undefined;

  let durationMs = 0;
  const changes = await recordChanges(tx, async () => {
    const startedAt = performance.now();
    await tx.unsafe(statementsOf(file, action));
    durationMs = performance.now() - startedAt;
  });

  const skipped = action !== 'run';
  await writeRecord(tx, file, { skipped, durationMs, changes: skipped ? null : changes });
  return { number: file.number, name: file.name, outcome: skipped ? 'skipped' : 'applied', durationMs };
}

/** The SQL of a step, as it is run; its record comes on top. */
export function statementsOf(file: MigrationFile, action: StepAction): string {
  if (file.number !== TRIGGERS) return file.sql;
  // Readiness compares it with what is installed, to tell "left out on purpose" from "somebody dropped them".
  const tell = `UPDATE dashboard_stats.state SET wants_triggers = ${action === 'run'};\n`;
  return { run: file.sql, skip: '', 'remove-triggers': REMOVE_TRIGGERS }[action] + tell;
}

/** CASCADE takes the triggers along on whatever table they are, and nothing else can depend on a trigger's function. */
const REMOVE_TRIGGERS =
  'DROP FUNCTION IF EXISTS dashboard_stats.mark_project(), dashboard_stats.mark_everything() CASCADE;\n';
