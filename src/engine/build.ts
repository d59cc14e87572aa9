/**
 * Makes every contribution and every cell anew, beside the refreshes: these scan meanwhile, so that no document stands
 * still, and set aside the marks that they take (sql/009). What was built counts from the commit that says so in the
 * state row; the marks set aside are folded into it then. Killed at any instant it leaves the state of one who scans,
 * and the next build begins anew.
 */
import type { Tx } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { addToCells, CONTRIBUTION_COLUMNS } from './cells.ts';
import { contributionRows } from './fold.ts';
import type { RefreshContext } from './refresh.ts';
import { type Build, beginBuild, finishBuild, lockGeneration } from './sql/builds.ts';
import { lockState } from './sql/lock-state.ts';
import { leavesMarks } from './sql/trigger-state.ts';
import { allowLongStatements, engineTransaction } from './transaction.ts';

const TABLES = ['contributions', 'totals', 'days', 'provinces', 'crossings'];

/**
 * Builds the cells where none are in use; another node that is at it already is left to it.
 *
 * @returns whether this call put cells to use
 */
export async function buildCells(ctx: RefreshContext): Promise<boolean> {
  const { sql, timeZone, engine } = ctx;
  if (engine === 'scan') return false;
  const bounds = { isolation: 'read committed', lockMs: LOCK_MS } as const;
  const build = await engineTransaction(sql, timeZone, bounds, async (tx) => {
    const state = await lockState(tx, false);
    if (state?.generation !== 0 || state.timeZone !== timeZone || !(await leavesMarks(tx))) return undefined;
    return unlessElsewhere(() => beginBuild(tx));
  }).catch(leftToOthers);
  if (!build) return false;
  const filled = await engineTransaction(sql, timeZone, { isolation: 'repeatable read' }, async (tx) => {
    await unlessElsewhere(() => lockGeneration(tx, build.generation));
    await allowLongStatements(tx);
    await fill(tx, build);
    return true;
  }).catch(leftToOthers);
  if (!filled) return false;
  return await engineTransaction(sql, timeZone, bounds, async (tx) => {
    await lockState(tx, false);
    return finishBuild(tx, build);
  });
}

/** Refreshes scan while cells are built, and hold the state row for as long. */
const LOCK_MS = 60_000;

/** Another node is at a build. */
class ElsewhereError extends Error {}

async function unlessElsewhere<T>(locking: () => Promise<T>): Promise<T> {
  return locking().catch((error) => {
    throw failureKind(error) === 'locked' ? new ElsewhereError() : error;
  });
}

function leftToOthers(error: unknown): undefined {
  if (!(error instanceof ElsewhereError)) throw error;
}

async function fill(tx: Tx, { generation, today }: Build): Promise<void> {
  await empty(tx, generation);
  await tx.unsafe(`
    INSERT INTO dashboard_stats.contributions (generation, ${CONTRIBUTION_COLUMNS})
    SELECT ${generation}, * FROM (${contributionRows(today)}) everything`);
  await tx.unsafe(`
    WITH delta AS NOT MATERIALIZED (
      SELECT 1 AS sign, ${CONTRIBUTION_COLUMNS} FROM dashboard_stats.contributions WHERE generation = ${generation}
    ),
    ${addToCells(generation, today)}
    SELECT 1`);
  // Folds come before autovacuum has looked, and their plans stay: without figures they read whole tables.
  await tx.unsafe(`ANALYZE ${partitions(generation).join(', ')}`);
}

const partitions = (generation: number) => TABLES.map((table) => `dashboard_stats.${table}_${generation}`);

/** Row by row where somebody (a pg_dump, say) reads the tables and so keeps TRUNCATE waiting. */
async function empty(tx: Tx, generation: number): Promise<void> {
  const tables = partitions(generation);
  await tx`SAVEPOINT before_truncate`;
  try {
    await tx.unsafe(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE NOWAIT`);
    await tx.unsafe(`TRUNCATE ${tables.join(', ')}`);
  } catch (error) {
    if (failureKind(error) !== 'locked') throw error;
    await tx`ROLLBACK TO SAVEPOINT before_truncate`;
    for (const table of tables) await tx.unsafe(`DELETE FROM ${table}`);
  }
}
