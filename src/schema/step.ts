/** One migration, and what is left to do for it. */
import { performance } from 'node:perf_hooks';
import type { Db, Tx } from '../db/connection.ts';
import { triggerState } from '../engine/sql/trigger-state.ts';
import { recordChanges } from './changes.ts';
import { compare, refuseStrangeHistory } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { type RecordedMigration, readRecords, writeRecord } from './record.ts';

/** 010_triggers.sql, 012_scope_marks.sql and 016_lighter_mark.sql: the steps that may be left out and taken back. */
const TRIGGERS: readonly number[] = [10, 12, 16];

export interface MigrationStep {
  number: number;
  name: string;
  outcome: 'applied' | 'skipped';
  durationMs: number;
  /** Rows that it deleted: duplicates of a key of ours in "DashboardStatsCache". */
  deletedRows: number;
}

/** skip: it is only noted as left out. repair-triggers: somebody dropped or disabled some. */
export type StepAction = 'run' | 'skip' | 'remove-triggers' | 'repair-triggers';

/** A record, and whether what its step made is still there; only looked at for the triggers. */
type Progress = RecordedMigration & { broken: boolean };

export async function readProgress(db: Db): Promise<Progress[]> {
  const records = await readRecords(db);
  const installed = records.some((record) => TRIGGERS.includes(record.number) && !record.skipped);
  const broken = installed && (await triggerState(db)).missing.length > 0;
  return records.map((record) => ({ ...record, broken: broken && record.number === TRIGGERS[0] }));
}

/** What is left to do for a file; undefined when nothing is. `triggers` as in MigrateOptions. */
export function actionFor(
  file: MigrationFile,
  records: readonly Progress[],
  triggers: boolean | 'keep',
): StepAction | undefined {
  const record = records.find((one) => one.number === file.number);
  if (!TRIGGERS.includes(file.number)) return record ? undefined : 'run';

  const first = records.find((one) => one.number === TRIGGERS[0]);
  const wanted = triggers === 'keep' ? !first?.skipped : triggers;
  if (record && !record.skipped) {
    if (!wanted) return 'remove-triggers';
    // Who starts a node did not ask for it; whoever disabled them may have had a reason.
    return record.broken && triggers !== 'keep' ? 'repair-triggers' : undefined;
  }
  if (wanted) return 'run';
  return record ? undefined : 'skip';
}

/** One step, inside its transaction and under the migration lock; undefined when another node has done it meanwhile. */
export async function runStep(
  tx: Tx,
  file: MigrationFile,
  triggers: boolean | 'keep',
  files: readonly MigrationFile[],
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

  // What the session deleted in earlier steps may still be among them.
  const deletedBefore = await deletedDuplicates(tx);
  let durationMs = 0;
  const changes = await recordChanges(tx, async () => {
    const startedAt = performance.now();
    await tx.unsafe(statementsOf(file, action, files));
    durationMs = performance.now() - startedAt;
  });

  const deletedRows = (await deletedDuplicates(tx)) - deletedBefore;
  const done = { number: file.number, name: file.name, durationMs, deletedRows };
  // What it made at first is on record already.
  if (action === 'repair-triggers') return { ...done, outcome: 'applied' };
  const skipped = action !== 'run';
  await writeRecord(tx, file, { skipped, durationMs, changes: skipped ? null : changes });
  return { ...done, outcome: skipped ? 'skipped' : 'applied' };
}

/** Rows of the cache that this session has deleted and not yet reported, by the server's own count. */
async function deletedDuplicates(tx: Tx): Promise<number> {
  const [row] = await tx<[{ deleted: number }]>`
    SELECT coalesce(sum(n_tup_del), 0)::int AS deleted FROM pg_stat_xact_user_tables
    WHERE relid = to_regclass('"DashboardStatsCache"')`;
  return row.deleted;
}

/** The SQL of a step, as it is run; its record comes on top. `files` are all there are: a repair makes every trigger anew. */
export function statementsOf(
  file: MigrationFile,
  action: StepAction,
  files: readonly MigrationFile[],
): string {
  if (!TRIGGERS.includes(file.number)) return file.sql;
  // Readiness compares it with what is installed, to tell "left out on purpose" from "somebody dropped them".
  const wanted = action === 'run' || action === 'repair-triggers';
  const tell = `UPDATE dashboard_stats.state SET wants_triggers = ${wanted};\n`;
  const statements = {
    run: file.sql,
    skip: '',
    'remove-triggers': REMOVE_TRIGGERS,
    'repair-triggers':
      REMOVE_TRIGGERS +
      files
        .filter(({ number }) => TRIGGERS.includes(number))
        .map(({ sql }) => sql)
        .join(''),
  };
  return statements[action] + tell;
}

/** CASCADE takes the triggers along on whatever table they are, and nothing else can depend on a trigger's function. */
const REMOVE_TRIGGERS =
  'DROP FUNCTION IF EXISTS dashboard_stats.mark_project(), dashboard_stats.mark_everything() CASCADE;\n';
