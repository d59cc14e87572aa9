/**
 * Creates every contribution and every cell from the base tables, beside the refreshes: these scan meanwhile, so that no
 * document stands still, and set aside the marks that they take (late_marks). What was built counts from the commit that
 * says so in the state row; the marks set aside are folded into it then. Killed at any instant it leaves the state of one
 * who scans, and the next build starts again.
 */
import type { Tx } from '../db/connection.ts';
import { MissingRightError } from '../errors.ts';
import { SCHEMA_VERSION } from '../stats/schema.ts';
import { isSameZone } from '../stats/time-zone.ts';
import { CELL_TABLES, createListIndexes, createTables, dropTables, tableOf } from './cell-tables.ts';
import { addToCells } from './cells.ts';
import { contributionColumns, contributionRows } from './contribution.ts';
import type { RefreshContext } from './refresh.ts';
import { type Build, beginBuild, finishBuild, lockBuild } from './sql/builds.ts';
import { lockState } from './sql/lock-state.ts';
import { allowLongStatements, engineTransaction } from './transaction.ts';

/** Refreshes scan while cells are built, and hold the state row for as long. */
const LOCK_MS = 60_000;

/**
 * Builds the cells where none are in use; another node that is at it already is left to it.
 *
 * @param onStage told what is being created
 * @returns whether this call put cells to use
 * @throws MissingRightError where the role may not create tables in the schema dashboard_stats, or what the database threw
 */
export async function buildCells(
  ctx: RefreshContext,
  onStage: (stage: string) => void = () => {},
): Promise<boolean> {
  const { sql, timeZone, engine } = ctx;
  if (engine === 'scan') return false;
  const short = { isolation: 'read committed', lockMs: LOCK_MS } as const;
  const build = await engineTransaction(sql, timeZone, short, async (tx) => {
    const state = await lockState(tx);
    const wanted =
      state?.generation === 0 &&
      isSameZone(state.timeZone ?? '', timeZone) &&
      state.schemaVersion === SCHEMA_VERSION;
    if (!wanted || !state.wantsTriggers || state.marksLost || !(await lockBuild(tx))) return undefined;
    await requireCreate(tx);
    await dropTables(tx);
    return beginBuild(tx);
  });
  if (!build) return false;
  const filled = await engineTransaction(sql, timeZone, { isolation: 'repeatable read' }, async (tx) => {
    if (!(await lockBuild(tx))) return false;
    await allowLongStatements(tx);
    await fill(tx, build, onStage);
    return true;
  });
  if (!filled) return false;
  return engineTransaction(sql, timeZone, short, async (tx) => {
    await lockState(tx);
    return finishBuild(tx, build);
  });
}

async function requireCreate(tx: Tx): Promise<void> {
  const [{ may, role }] = await tx<[{ may: boolean; role: string }]>`
    SELECT has_schema_privilege('dashboard_stats', 'CREATE') AS may, quote_ident(current_user) AS role`;
  if (!may)
    throw new MissingRightError(`The role ${role} may not create tables in the schema dashboard_stats.`, {
      help: `GRANT CREATE ON SCHEMA dashboard_stats TO ${role};`,
    });
}

async function fill(tx: Tx, { generation, today }: Build, onStage: (stage: string) => void): Promise<void> {
  onStage('contributions of the projects');
  await createTables(tx, generation);
  const contributions = tableOf('contributions', generation);
  const columns = contributionColumns();
  await tx.unsafe(`
    INSERT INTO ${contributions} (${columns}) SELECT ${columns} FROM (${contributionRows(today)}) everything`);
  onStage('sums');
  await tx.unsafe(`
    WITH delta AS NOT MATERIALIZED (SELECT 1 AS sign, ${columns} FROM ${contributions}),
    ${addToCells(generation, today)}
    SELECT 1`);
  onStage('indexes for lists');
  await createListIndexes(tx, generation);
  // Folds come before autovacuum has looked, and their plans stay: without statistics they read whole tables.
  await tx.unsafe(`ANALYZE ${CELL_TABLES.map((table) => tableOf(table, generation)).join(', ')}`);
}
