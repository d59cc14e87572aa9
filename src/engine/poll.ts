import type { Sql } from '../db/connection.ts';
import { failureKind, isOutage } from '../db/failures.ts';
import type { Log } from '../log.ts';
import { Loop } from '../timing/loop.ts';
import { restAfter } from './pace.ts';
import type { RefreshResult } from './refresh.ts';
import { isPending } from './sql/due-work.ts';
import { endSilentSessions } from './sql/end-silent-sessions.ts';

export interface PollerOptions {
  sql: Sql;
  timeZone: string;
  /** POLL_INTERVAL_MS. */
  intervalMs: number;
  log: Log;
  now: () => number;
  /**
   * Refreshes unless another node does; called when the poll found something.
   *
   * @param statementMs how long a statement may take
   * @returns how it ended, and how long the refresh took, without what follows it
   */
  refresh: (
    statementMs: number,
  ) => Promise<Pick<RefreshResult, 'outcome' | 'scanned'> & { durationMs: number }>;
  /** An upper bound of how long the changes just refreshed had been committed, in ms. */
  onLag?: (lagMs: number) => void;
  /** At that time there was nothing to refresh. */
  onClean?: (at: number) => void;
}

/**
 * For a statement of a refresh: more would keep a node waiting on a connection that went silent. A backlog may need more,
 * so it doubles each time that the server ran out of it, and the work is done at last.
 */
const PATIENCE_MS = 5_000;
const LONGEST_PATIENCE_MS = 600_000;
/** How often is looked for sessions whose client is silent. */
const SILENT_CHECK_MS = 10_000;
/** After a failed poll the next waits this long at most. */
const MAX_BACKOFF_MS = 1_000;

/** Looks for marks, again and again, and has them refreshed. pace.ts says how often. */
export class Poller {
  readonly #o: PollerOptions;
  readonly #loop: Loop;
  /** Refreshes in a row that the server did not finish in the time they had. */
  #ranOut = 0;
  /** The log says that refreshing failed. */
  #failed = false;
  /** When the database was last known to hold no mark that has not been refreshed. */
  #cleanAt: number;
  #refreshedAt: number;
  #checkedSilentAt: number;

  constructor(options: PollerOptions) {
    this.#o = options;
    this.#cleanAt = options.now();
    this.#refreshedAt = this.#cleanAt;
    this.#checkedSilentAt = this.#cleanAt;
    this.#loop = new Loop(
      async () => ({ ms: await this.#poll() }),
      (error, inARow) => {
        // A database that is away is reported by others.
        if (!this.#failed && !isOutage(error)) {
          this.#failed = true;
          options.log.error({ err: error }, 'Refreshing failed; it is tried again.');
        }
        if (['timeout', 'locked'].includes(String(failureKind(error)))) this.#ranOut++;
        return Math.min(MAX_BACKOFF_MS, options.intervalMs * 2 ** inARow);
      },
    );
  }

  start(): void {
    this.#loop.start();
  }

  /** Waits for a refresh that is under way. */
  close(): Promise<void> {
    return this.#loop.close();
  }

  /** Returns how long to wait for the next poll. */
  async #poll(): Promise<number> {
    const { sql, timeZone, intervalMs, log, now, refresh, onLag, onClean } = this.#o;
    const began = now();
    if (began - this.#checkedSilentAt > SILENT_CHECK_MS) {
      this.#checkedSilentAt = began;
      await endSilentSessions(sql, log);
    }
    const found = await isPending(sql, timeZone);
    let tookMs = now() - began;
    let scanned = false;
    if (found) {
      const result = await refresh(Math.min(LONGEST_PATIENCE_MS, PATIENCE_MS * 2 ** this.#ranOut));
      // Without the sync, which may have waited for a connection that went silent.
      tookMs += result.durationMs;
      scanned = result.scanned;
      // Another node is at it; whether it takes these marks, and in the time it has, the next polls show.
      if (result.outcome === 'busy') return intervalMs;
      this.#ranOut = 0;
      if (result.outcome === 'idle') return intervalMs;
      this.#refreshedAt = now();
      onLag?.(this.#refreshedAt - this.#cleanAt);
    } else onClean?.(began);
    if (this.#failed) log.info({}, 'Refreshing works again.');
    this.#failed = false;
    this.#cleanAt = began;
    return restAfter({ tookMs, refreshed: found, scanned, idleMs: now() - this.#refreshedAt }, intervalMs);
  }
}
