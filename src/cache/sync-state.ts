export type DatabaseFailure = 'away' | 'not migrated';

/**
 * What a node remembers of how it stands with its database, beside the documents. Plain data and no promise, so that on
 * a platform that gives each request its own connections it may outlive them.
 */
export interface Standing {
  /** When what is in memory was last found to be what the table holds, in ms of the node's clock. */
  confirmedAt: number;
  /** Why the last look failed; undefined when it did not. */
  failure: DatabaseFailure | undefined;
  /** Up to when it is known what is marked to be folded; a look alone does not tell. */
  askedAt: number;
  /** Why that could not be learned when it was last asked; undefined when it could. */
  askFailure: DatabaseFailure | undefined;
  /** Up to when everything committed is in memory. */
  takenInAt: number;
  /** When the last look began that a reader had made. */
  lookBegunAt: number;
  /** When a reader last waited for a look in vain. */
  lookFailedAt: number;
  /** When a fold that a reader began last took longer than one may. */
  foldTooLongAt: number;
  /** When a refresh that readers waited for last failed, or took too long. */
  refreshFailedAt: number;
  /** Expired documents are served, and that has been told. */
  servingStale: boolean;
}

/** Everything committed up to `at` is in memory. */
export function takenIn(standing: Standing, at: number): void {
  standing.takenInAt = Math.max(standing.takenInAt, at);
}

/** Of a node that has not asked yet. */
export function newStanding(): Standing {
  return {
    confirmedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    askedAt: Number.NEGATIVE_INFINITY,
    askFailure: undefined,
    takenInAt: Number.NEGATIVE_INFINITY,
    lookBegunAt: Number.NEGATIVE_INFINITY,
    lookFailedAt: Number.NEGATIVE_INFINITY,
    foldTooLongAt: Number.NEGATIVE_INFINITY,
    refreshFailedAt: Number.NEGATIVE_INFINITY,
    servingStale: false,
  };
}
