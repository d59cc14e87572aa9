/**
 * Does the same work again and again with rests in between, never twice at a time. Whatever a node does by itself
 * (polling, comparing revisions, delivering, listening) is such a loop.
 */

/** How long to rest after a run, in ms. */
export interface Rest {
  ms: number;
  /** wake() does not make the rest shorter than this; default 0. */
  atLeastMs?: number;
}

export class Loop {
  readonly #work: () => Promise<Rest>;
  readonly #failed: (error: unknown, inARow: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** wake() was called during the run under way. */
  #woken = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #closed = false;

  /**
   * @param work one run
   * @param failed called when a run threw, with the number of failures in a row; returns the rest in ms, which wake()
   * does not cut short. Not called after close(): a run that fails then is no news.
   */
  constructor(work: () => Promise<Rest>, failed: (error: unknown, inARow: number) => number) {
    this.#work = work;
    this.#failed = failed;
  }

  start(delayMs = 0): void {
    this.#schedule(delayMs);
  }

  /** Runs as soon as the rest allows it; once more right after a run under way. */
  wake(): void {
    this.#woken = true;
    if (!this.#running) this.#schedule(0);
  }

  /** Waits for the run under way. No other follows. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#running = this.#run().then(({ ms, atLeastMs = 0 }) => {
          this.#running = undefined;
          this.#notBefore = performance.now() + atLeastMs;
          this.#schedule(this.#woken ? 0 : ms);
        });
      },
      Math.max(delayMs, this.#notBefore - performance.now()),
    );
  }

  async #run(): Promise<Rest> {
    this.#woken = false;
    try {
      const rest = await this.#work();
      this.#failures = 0;
      return rest;
    } catch (error) {
      this.#failures++;
      const ms = this.#closed ? 0 : this.#failed(error, this.#failures);
      return { ms, atLeastMs: ms };
    }
  }
}
