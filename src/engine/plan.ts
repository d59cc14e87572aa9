/** What a refresh will do: a pure decision from what it read under the lock; refresh.ts acts on it. */
import type { DueWork } from './sql/due-work.ts';
import type { State } from './sql/lock-state.ts';

export type Plan =
  /** Nothing asks for a refresh. */
  | 'idle'
  /** Fold the marked projects; compute the documents of the cells that moved, and those that need renewal. */
  | 'fold'
  /** Fold the marked projects; compute every document from the cells. */
  | 'fold, evaluate all'
  /** Compute every document from the base tables; no cells are in use. A build under way will count. */
  | 'scan'
  /** The same where what is kept may be wrong in any way: a build under way will not count either. */
  | 'recompute';

export interface PlanOptions {
  engine: 'incremental' | 'scan';
  /** Compute every document in any case. */
  force?: boolean;
  /** Recompute everything from the base tables. */
  full?: boolean;
  /** Somebody asks for every change, marked or not. */
  current?: boolean;
  /** SCHEMA_VERSION of this node; the database's is not higher. */
  schemaVersion: number;
  /** A statement over the cells in use failed. */
  cellsUnusable: boolean;
}

export function plan(
  state: Pick<State, 'generation' | 'schemaVersion' | 'wantsTriggers' | 'marksLost'>,
  due: DueWork,
  { engine, force, full, current, schemaVersion, cellsUnusable }: PlanOptions,
): Plan {
  const { marks, newDay, empty, keysToRenew, rewritten } = due;
  const renew = keysToRenew.length > 0;
  const lost = losesMarks(state, due);
  const unmarked = lost || !state.wantsTriggers;
  if (full || rewritten || state.schemaVersion < schemaVersion || (state.marksLost && !lost))
    return 'recompute';
  if (unmarked && (current || force || renew)) return 'recompute';
  if (marks.count === 0 && !newDay && !empty && !renew && !force && lost === state.marksLost) return 'idle';
  if (engine === 'scan') return 'recompute';
  if (state.generation === 0 || cellsUnusable || marks.everything) return 'scan';
  return newDay || empty || force || marks.scopes ? 'fold, evaluate all' : 'fold';
}

/** Whether somebody dropped or disabled triggers: changes may leave no mark now. */
export function losesMarks(
  { wantsTriggers }: Pick<State, 'wantsTriggers'>,
  { triggersAreThere }: Pick<DueWork, 'triggersAreThere'>,
): boolean {
  return wantsTriggers && !triggersAreThere;
}
