import { isAway } from '../db/failures.ts';
import type { Log } from '../log.ts';
import { boundQueue, deliverQueued, type OutboxContext } from './deliver.ts';

/** A row that another node has queued (one that was killed after its refresh, say) is found within this. */
const LOOK_EVERY_MS = 1_000;
/** Between two looks, however often this node refreshes. */
const REST_MS = 100;
/** Looks cost this share of the time at most (dead rows under an old snapshot make them slow). */
const SHARE = 1 / 5;
const MAX_BACKOFF_MS = 30_000;

/** Delivers what refreshes have queued for the application's real-time tables: soon after each, and when a throttle is over. */
export class Outbox {
  readonly #ctx: OutboxContext;
  readonly #log: Log;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by `now`. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Not before this, whatever happens. */
  #restUntil = Number.NEGATIVE_INFINITY;
  #busy: Promise<void> | undefined;
  /** A refresh committed while a delivery was under way. */
  #again = false;
  #failures = 0;
  #closed = false;

  constructor(ctx: OutboxContext, { log, now }: { log: Log; now: () => number }) {
    this.#ctx = ctx;
    this.#log = log;
    this.#now = now;
  }

  start(): void {
    this.#wake(0);
  }

  /** A refresh of this node has changed something. */
  kick(): void {
    if (this.#busy) this.#again = true;
    else this.#wake(0);
  }

  /** Waits for a delivery under way. What is still queued then, another node or the next start delivers. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#busy;
  }

  #wake(delayMs: number): void {
    const now = this.#now();
    const at = Math.max(now + delayMs, this.#restUntil);
    if (this.#closed || this.#busy || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#busy = this.#deliver().then((delay) => {
        this.#busy = undefined;
        this.#wake(delay);
      });
    }, at - now);
  }

  /** Returns how long to wait for the next one. */
  async #deliver(): Promise<number> {
    const began = this.#now();
    this.#again = false;
    let next: number | undefined;
    try {
      next = await deliverQueued(this.#ctx);
      this.#failures = 0;
    } catch (error) {
      // A database that is away is told by others.
      if (this.#failures === 0 && !this.#closed && !isAway(error))
        this.#log.warn(
          { err: error },
          'Could not write to the application’s real-time tables; the rows stay queued, and it is tried again.',
        );
      this.#failures++;
      await boundQueue(this.#ctx).catch(() => undefined);
    }
    const took = this.#now() - began;
    const backoff = this.#failures > 0 ? Math.min(MAX_BACKOFF_MS, LOOK_EVERY_MS * 2 ** this.#failures) : 0;
    this.#restUntil = this.#now() + Math.max(REST_MS, backoff, took / SHARE - took);
    return this.#again ? 0 : Math.min(LOOK_EVERY_MS, next ?? LOOK_EVERY_MS);
  }
}
