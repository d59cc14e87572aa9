import { isOutage } from '../db/failures.ts';
import type { Log } from '../log.ts';
import { Loop } from '../timing/loop.ts';
import { deliverQueued, type OutboxContext } from './deliver.ts';

/** A row that another node has queued (one that was killed after its refresh, say) is found within this. */
const CHECK_EVERY_MS = 1_000;
/** Between two checks, however often this node refreshes. */
const REST_MS = 100;
/** Checks cost this share of the time at most (dead rows under an old snapshot make them slow). */
const SHARE = 1 / 5;
const MAX_BACKOFF_MS = 30_000;

/** Delivers what refreshes have queued for the application's real-time tables: soon after each, and when a throttle is over. */
export class Outbox {
  readonly #loop: Loop;

  constructor(ctx: OutboxContext, { log, now }: { log: Log; now: () => number }) {
    this.#loop = new Loop(
      async () => {
        const began = now();
        const next = await deliverQueued(ctx);
        const took = now() - began;
        return {
          ms: Math.min(CHECK_EVERY_MS, next ?? CHECK_EVERY_MS),
          atLeastMs: Math.max(REST_MS, took / SHARE - took),
        };
      },
      (error, inARow) => {
        // A database that is away is reported by others.
        if (inARow === 1 && !isOutage(error))
          log.warn(
            { err: error },
            'Could not write to the application’s real-time tables; the rows stay queued, and it is tried again.',
          );
        return Math.min(MAX_BACKOFF_MS, CHECK_EVERY_MS * 2 ** inARow);
      },
    );
  }

  start(): void {
    this.#loop.start();
  }

  /** A refresh of this node has changed something. */
  kick(): void {
    this.#loop.wake();
  }

  /** Waits for a delivery under way. What is still queued then, another node or the next start delivers. */
  close(): Promise<void> {
    return this.#loop.close();
  }
}
