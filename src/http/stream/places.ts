/**
 * The places for streams: as many as MAX_STREAMS, whichever broadcasts share them. Plain data; who takes a place may be lost with
 * its invocation, so that a place also ends by itself.
 */
export class StreamPlaces {
  readonly #most: number;
  readonly #now: () => number;
  readonly #longestMs: number;
  readonly #taken = new Set<{ until: number }>();

  /**
   * @param now ms of a clock that never goes back
   * @param longestMs after which a place ends by itself; default: never
   */
  constructor(most: number, now: () => number, longestMs = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#now = now;
    this.#longestMs = longestMs;
  }

  get full(): boolean {
    if (this.#taken.size < this.#most) return false;
    const now = this.#now();
    for (const place of this.#taken) if (place.until <= now) this.#taken.delete(place);
    return this.#taken.size >= this.#most;
  }

  /** Ask `full` before. @returns gives it back; harmless when it has ended */
  take(): () => void {
    const place = { until: this.#now() + this.#longestMs };
    this.#taken.add(place);
    return () => this.#taken.delete(place);
  }
}
