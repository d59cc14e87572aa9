/** How long to rest between two polls: a pure decision; the poller acts on it. */

/** POLL_INTERVAL_MS rises to this when nothing has happened for long. */
const IDLE_INTERVAL_MS = 100;
const IDLE_AFTER_MS = 10_000;
/** In load the rest shrinks to this share of the interval. */
const BUSY_SHARE = 1 / 10;
/** After a fold, of how long it took. */
const FOLD_SHARE = 1 / 2;
/** A poll that finds nothing may cost this share of the time at most (dead marks under an old snapshot make it slow). */
const POLL_SHARE = 1 / 5;
const LONGEST_REST_MS = 1_000;

/**
 * After a fold the poller rests for half as long as that took, after a scan for as long: a table that changes all the time costs two
 * thirds of one core at most. Changes meanwhile are coalesced into the next refresh. A fold that took seconds has waited, for a lock or
 * a server that stood still: once that is over, it is rested for a second at most.
 *
 * @param poll `tookMs`: the poll, with its refresh if there was one; `refreshed`: there was, and `scanned`; `idleMs`: since the last one
 * @param intervalMs POLL_INTERVAL_MS
 * @returns ms
 */
export function restAfter(
  poll: { tookMs: number; refreshed: boolean; scanned: boolean; idleMs: number },
  intervalMs: number,
): number {
  const forWorkMs = poll.scanned ? poll.tookMs : Math.min(LONGEST_REST_MS, poll.tookMs * FOLD_SHARE);
  if (poll.refreshed) return Math.max(intervalMs * BUSY_SHARE, forWorkMs);
  const usual = poll.idleMs < IDLE_AFTER_MS ? intervalMs : Math.max(intervalMs, IDLE_INTERVAL_MS);
  return Math.max(usual, Math.min(LONGEST_REST_MS, poll.tookMs / POLL_SHARE - poll.tookMs));
}
