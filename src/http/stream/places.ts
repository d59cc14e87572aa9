/**
 * The places for streams: as many as MAX_STREAMS, whichever hubs share them. Plain data; who takes a place may be lost with
 * its invocation, so that a place also ends by itself.
 */
export class StreamPlaces {
  readonly #most: number;
  readonly #now: () => number;
  readonly #taken = new Set<{ until: number }>();

  /** @param now ms of a clock that never goes back */
  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  get full(): boolean {
    if (this.#taken.size < this.#most) return false;
    const now = this.#now();
    for (const place of this.#taken) if (place.until <= now) this.#taken.delete(place);
    return this.#taken.size >= this.#most;
  }

  /**
   * Ask `full` before.
   *
   * @param forMs when it ends by itself
   * @returns gives it back; harmless when it has ended
   */
  take(forMs: number): () => void {
    const place = { until: this.#now() + forMs };
    this.#taken.add(place);
    return () => this.#taken.delete(place);
  }
}
