/** What a read does next with the documents it wants. Pure: the read path is the truth table of test/cache/read-step.test.ts. */
export type ReadStep =
  /** Answer from memory. */
  | 'serve'
  /** Answer from memory, labelled: a document has expired, or memory may lack what others did. */
  | 'serveStale'
  /** The same, and refresh behind the answer. */
  | 'serveStaleAndRefresh'
  /** Refresh first, up to the soft timeout; then decide again. */
  | 'tryRefresh'
  /** Refresh first; an invalidated document is never served. */
  | 'requireRefresh'
  /** Answer nothing: what memory holds is too old. */
  | 'refuse';

export interface ReadSituation {
  /** None of the documents is invalidated. */
  valid: boolean;
  /** ms since the first of the documents expired; negative before. */
  overdueMs: number;
  /** This read has waited for a refresh that succeeded. */
  refreshed: boolean;
  /** A refresh failed a moment ago, and the next try is not due. */
  resting: boolean;
  /**
   * Memory was compared with the table a moment ago, lacks no commit for longer than is promised, and every change leaves a
   * mark.
   */
  confirmed: boolean;
}

export interface StaleBounds {
  /** STALE_WHILE_REVALIDATE_SECONDS, in ms. */
  staleWhileRevalidateMs: number;
  /** STALE_IF_ERROR_SECONDS, in ms. */
  staleIfErrorMs: number;
}

export function nextStep(situation: ReadSituation, bounds: StaleBounds): ReadStep {
  const { valid, overdueMs, refreshed, resting, confirmed } = situation;
  if (!valid) return 'requireRefresh';
  if (refreshed) return 'serve';
  if (overdueMs < 0) return confirmed ? 'serve' : 'serveStale';
  if (overdueMs <= bounds.staleWhileRevalidateMs) return resting ? 'serveStale' : 'serveStaleAndRefresh';
  if (!resting) return 'tryRefresh';
  return overdueMs <= bounds.staleIfErrorMs ? 'serveStale' : 'refuse';
}
