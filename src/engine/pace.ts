/** How long to rest between two polls: a pure decision; the poller acts on it. */

/** POLL_INTERVAL_MS rises to this when nothing has happened for long. */
const IDLE_INTERVAL_MS = 100;
const IDLE_AFTER_MS = 10_000;
/** In load the rest shrinks to this share of the interval. */
const BUSY_SHARE = 1 / 5;
/** A poll that finds nothing may cost this share of the time at most (dead marks under an old snapshot make it slow). */
const POLL_SHARE = 1 / 5;
const LONGEST_REST_MS = 1_000;

/**
 * After a refresh the poller rests for as long as the refresh took, so that a table that changes all the time costs at most
 * half of one core. Changes meanwhile are coalesced into the next refresh. A refresh that scanned nothing and took long has waited, for
 * a lock or a server that stood still: once that is over, it is not rested for.
 *
 * @param poll `tookMs`: the poll, with its refresh if there was one; `refreshed`: there was, and `scanned`; `idleMs`: since the last one
 * @param intervalMs POLL_INTERVAL_MS
 * @returns ms
 */
export function restAfter(
  poll: { tookMs: number; refreshed: boolean; scanned: boolean; idleMs: number },
  intervalMs: number,
): number {
  const workedMs = poll.scanned ? poll.tookMs : Math.min(LONGEST_REST_MS, poll.tookMs);
  if (poll.refreshed) return Math.max(intervalMs * BUSY_SHARE, workedMs);
  const usual = poll.idleMs < IDLE_AFTER_MS ? intervalMs : Math.max(intervalMs, IDLE_INTERVAL_MS);
  return Math.max(usual, Math.min(LONGEST_REST_MS, poll.tookMs / POLL_SHARE - poll.tookMs));
}
