/**
 * Answers of the last moments, given again to whoever asks the same: to find an answer in memory and to put it into the objects of the Fetch
 * API costs a runtime as much as to write it (docs/adr/015). Kept is what the app answered in one turn from memory alone, for as long as
 * memory does not change.
 */
import { type MadeAnswer, type RequestState, type SentRequest, VARYING } from './request-state.ts';

/** What is decided by the clock or the state of the node (Age, the ttl of Cache-Status, whether an answer is stale) is late by so much at most. */
const KEPT_MS = 10;
/** Of their bodies some may have left the cache of bodies. */
const MAX_KEPT = 100;
/** Of one URL: where more differ, no request is likely to meet its like, and to compare it with all costs as much as its answer. */
const MAX_VARIANTS = 4;

interface Kept extends MadeAnswer, Pick<RequestState, 'route' | 'cache'> {
  sent: SentRequest['headers'];
  path: string;
}

export class Repeats {
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;
  #changes = 0;
  #until = 0;

  /** @param changes counts those of memory */
  constructor(private readonly changes: () => number) {}

  /** @param now ms */
  find({ method, url = '', headers }: SentRequest, now: number): Kept | undefined {
    if (method !== 'GET' || this.#isOver(now)) return undefined;
    return this.#kept.get(url)?.find(({ sent }) => isSame(sent, headers));
  }

  /** @param pathOf the request, as the log has it */
  keep(
    { method, url = '', headers: sent }: SentRequest,
    pathOf: () => string,
    made: MadeAnswer,
    { route, cache }: RequestState,
    now: number,
  ): void {
    if (method !== 'GET') return;
    if (this.#isOver(now) || this.#count === MAX_KEPT) {
      this.#kept.clear();
      this.#count = 0;
      this.#changes = this.changes();
      this.#until = now + KEPT_MS;
    }
    const variants = this.#kept.get(url) ?? [];
    if (variants.length === MAX_VARIANTS) return;
    const { status, headers, body } = made;
    variants.push({ status, headers, body, path: pathOf(), route, cache, sent });
    this.#kept.set(url, variants);
    this.#count++;
  }

  /** What is kept must not be given any more. */
  #isOver(now: number): boolean {
    return now >= this.#until || this.#changes !== this.changes();
  }
}

const isSame = (a: SentRequest['headers'], b: SentRequest['headers']) =>
  VARYING.every((name) => a[name] === b[name]);
