import type { WriteRefusal } from '../db/failures.ts';

type DatabaseFailure = 'away' | 'not migrated';

/**
 * What a node remembers of its exchange with the database, beside the documents. Plain data and no promise, so that on a
 * platform that gives each request its own connections it may outlive them. Times are in ms of the node's clock.
 */
export interface SyncState {
  /** When memory was last found to be what the table holds. */
  syncedAt: number;
  /** Why the database could not be asked the last time; undefined when it could. */
  failure: DatabaseFailure | undefined;
  /** Why the database took no writes when this node last tried to; undefined where it did. */
  refusal: WriteRefusal | undefined;
  /** Everything committed up to this time that has left a mark is in memory. */
  caughtUpAt: number;
  /** As the table said: somebody dropped or disabled our triggers, and changes may have left no mark. */
  marksLost: boolean;
  /** As the table said: every change leaves a mark. */
  tracksChanges: boolean;
  /** Up to this time memory is known to hold every commit: it stays where changes leave no marks. */
  confirmedAt: number;
  /** When a reader last began to catch up, where memory does not follow by itself. */
  catchUpBegunAt: number;
  /** When a refresh that readers waited for last failed, or took too long. */
  refreshFailedAt: number;
  /** Expired documents are being served, and the log says so. */
  servingStale: boolean;
}

/** Of a node that has not asked yet. */
export function newSyncState(): SyncState {
  return {
    syncedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    refusal: undefined,
    caughtUpAt: Number.NEGATIVE_INFINITY,
    marksLost: false,
    tracksChanges: false,
    confirmedAt: Number.NEGATIVE_INFINITY,
    catchUpBegunAt: Number.NEGATIVE_INFINITY,
    refreshFailedAt: Number.NEGATIVE_INFINITY,
    servingStale: false,
  };
}

/** Everything committed up to `at` that has left a mark is in memory. */
export function caughtUp(state: SyncState, at: number): void {
  state.caughtUpAt = Math.max(state.caughtUpAt, at);
  if (state.tracksChanges) state.confirmedAt = Math.max(state.confirmedAt, at);
}

/** Why an answer from memory may not be the present: the words of Cache-Status and of the stream's event `state`. */
export type StaleReason = 'database-away' | 'triggers-lost' | 'behind' | 'expired';

/**
 * Why memory that is what the table holds may still lack changes, and since when, where that is known.
 *
 * @param behindAfterMs memory may lack a commit for so long
 */
export function whyLacking(
  { marksLost, confirmedAt, caughtUpAt }: SyncState,
  at: number,
  behindAfterMs: number,
): { reason: StaleReason; since?: number } | undefined {
  if (marksLost) return { reason: 'triggers-lost', since: confirmedAt };
  return at - caughtUpAt > behindAfterMs ? { reason: 'behind', since: caughtUpAt } : undefined;
}
