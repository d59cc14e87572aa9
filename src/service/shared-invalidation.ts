import type { Traced } from '../engine/transaction.ts';
import { UnknownScopeError } from '../errors.ts';

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
  readonly #invalidate: (keys: Keys, traced: Traced) => Promise<Invalidated>;
  #batch: { wanted: Promise<Keys>[]; done: Promise<Invalidated> } | undefined;

  /** @param gatherMs the first of them waits so long for others */
  constructor(gatherMs: number, invalidate: (keys: Keys, traced: Traced) => Promise<Invalidated>) {
    this.#gatherMs = gatherMs;
    this.#invalidate = invalidate;
  }

  /**
   * @param traced that of the first of them counts
   * @param wanted may take its time; where it rejects, only this caller fails
   * @returns the keys of this caller
   */
  async add(wanted: Promise<Keys>, traced: Traced): Promise<Invalidated> {
    const batch = this.#batch ?? this.#begin(traced);
    batch.wanted.push(wanted);
    const [own, done] = await Promise.all([
      wanted,
      batch.done.catch((error) => {
        if (batch.wanted.length === 1 || !(error instanceof UnknownScopeError)) throw error;
      }),
    ]);
    // A scope that went away meanwhile fails whoever named it, and nobody else.
    if (!done) return this.#invalidate(own, traced);
    const { revision, keys } = done;
    return { revision, keys: own ? keys.filter((key) => own.includes(key)) : keys };
  }

  #begin(traced: Traced) {
    const wanted: Promise<Keys>[] = [];
    const done = new Promise((resolve) => setTimeout(resolve, this.#gatherMs)).then(async () => {
      this.#batch = undefined;
      const all = (await Promise.allSettled(wanted)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      );
      // Nobody waits for it then.
      if (all.length === 0) return { revision: 0, keys: [] };
      const keys = all.includes(undefined) ? undefined : [...new Set(all.flatMap((own) => own ?? []))];
      return this.#invalidate(keys, traced);
    });
    this.#batch = { wanted, done };
    return this.#batch;
  }
}
