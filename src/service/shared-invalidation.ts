/** What an invalidation did: its revision, and the keys of the documents. */
interface Invalidated {
  revision: number;
  keys: string[];
}
/** undefined: every document. */
type Keys = readonly string[] | undefined;

/**
 * Invalidations that come within one poll of each other are one transaction with one revision: the poll after it computes
 * their documents together anyway, and however often somebody invalidates, revisions are used no faster than that.
 */
export class SharedInvalidation {
  readonly #gatherMs: number;
  readonly #invalidate: (keys: Keys) => Promise<Invalidated>;
  #batch: { wanted: Promise<Keys>[]; done: Promise<Invalidated> } | undefined;

  /** @param gatherMs the first of them waits so long for others */
  constructor(gatherMs: number, invalidate: (keys: Keys) => Promise<Invalidated>) {
    this.#gatherMs = gatherMs;
    this.#invalidate = invalidate;
  }

  /**
   * @param wanted may take its time; where it rejects, only this caller fails
   * @returns the keys of this caller
   */
  async add(wanted: Promise<Keys>): Promise<Invalidated> {
    const batch = this.#batch ?? this.#begin();
    batch.wanted.push(wanted);
    const [own, { revision, keys }] = await Promise.all([wanted, batch.done]);
    return { revision, keys: own ? keys.filter((key) => own.includes(key)) : keys };
  }

  #begin() {
    const wanted: Promise<Keys>[] = [];
    const done = new Promise((resolve) => setTimeout(resolve, this.#gatherMs)).then(async () => {
      this.#batch = undefined;
      const all = (await Promise.allSettled(wanted)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      );
      // Nobody waits for it then.
      if (all.length === 0) return { revision: 0, keys: [] };
      return this.#invalidate(
        all.includes(undefined) ? undefined : [...new Set(all.flatMap((keys) => keys ?? []))],
      );
    });
    this.#batch = { wanted, done };
    return this.#batch;
  }
}
