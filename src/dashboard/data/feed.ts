/** Documents of one service as they change: asked for once, then streamed; where no stream gets through, asked for again and again. */
import { backOff, pause } from '../../client/waiting.ts';
import type { Figures, Meta } from '../figures.ts';
import type { Status } from '../view.ts';
import { ask, askJson, Refusal } from './ask.ts';
import { documentsOf, doubtOf, merged } from './documents.ts';
import { readStream } from './stream.ts';
import { TIMES, type Times } from './times.ts';
import { Trust } from './trust.ts';
import { includes, queryOf, type Wanted, without } from './wanted.ts';

export interface News {
  /** Of one refresh together. */
  documents?: readonly Figures[];
  status?: Status;
}

/** What is known already. */
export interface Start {
  documents: readonly Figures[];
  status: Status;
  /** What the documents are complete for, and the event that a stream goes on from; undefined where all has to be asked for. */
  position?: { held: Wanted; eventId: string } | undefined;
}

export class Feed {
  readonly #source: string;
  readonly #onNews: (news: News) => void;
  readonly #times: Times;
  readonly #trust: Trust;
  readonly #documents: Map<string, Figures>;
  /** Cache keys that the service does not know. */
  #refused: readonly string[] = [];
  #position: Start['position'];
  #etag: string | null = null;
  #wanted: Wanted | undefined;
  #run = new AbortController();
  #nap = new AbortController();

  constructor(source: string, start: Start, onNews: (news: News) => void, times: Times = TIMES) {
    this.#source = source;
    this.#onNews = onNews;
    this.#times = times;
    this.#trust = new Trust(start.status, times.grace, (status) => onNews({ status }));
    this.#documents = new Map(start.documents.map((figures) => [figures.key, figures]));
    this.#position = start.position;
  }

  /** All that it has told. */
  get present(): Required<News> {
    return { documents: [...this.#documents.values()], status: this.#trust.status };
  }

  /** What the feed of another tab has told: whoever asks this one later gets nothing older. */
  learn(documents: readonly Figures[]): void {
    for (const figures of documents)
      this.#documents.set(figures.key, merged(this.#documents.get(figures.key), figures));
  }

  /** Documents of scopes that are gone. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#documents.delete(key);
  }

  /** What is not wanted any more goes on coming until more is wanted, or nothing. */
  want(wanted: Wanted | undefined): void {
    if (wanted && this.#wanted && includes(this.#wanted, wanted)) return;
    this.#wanted = wanted;
    this.#begin();
  }

  /** Does not wait for the next attempt: the network is back. */
  wake(): void {
    this.#nap.abort();
  }

  #begin(): void {
    this.#run.abort();
    this.#nap.abort();
    this.#trust.settle();
    if (!this.#wanted) return;
    this.#run = new AbortController();
    const { signal } = this.#run;
    void this.#keepUp(this.#wanted, signal);
    void this.#watchRefused(signal);
  }

  async #keepUp(asked: Wanted, signal: AbortSignal): Promise<void> {
    const times = this.#times;
    let [failures, streamFailures, streamAt] = [0, 0, 0];
    let askAgain = false;
    while (!signal.aborted) {
      const wanted = without(asked, this.#refused);
      if (!wanted) return;
      try {
        if (askAgain || !this.#holds(wanted)) await this.#load(wanted, signal);
        [failures, askAgain] = [0, false];
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refusal) await this.#takeRefusal(error, wanted, signal);
        else {
          // As soon as the service answers, streams are tried again.
          [streamAt, askAgain] = [0, true];
          this.#trust.lose();
          await this.#pause(backOff(failures++, times.retry));
        }
        continue;
      }
      if (Date.now() < streamAt) {
        if (!this.#trust.isDoubtful) this.#trust.say({ state: 'polling' });
        await this.#pause(times.poll);
        askAgain = true;
        continue;
      }
      if (await this.#stream(wanted, signal)) {
        if (signal.aborted) return;
        streamFailures = 0;
        this.#trust.lose();
        await this.#pause(backOff(0, times.again));
      } else {
        streamAt = Date.now() + backOff(streamFailures++, times.streamRetry);
        askAgain = true;
      }
    }
  }

  #holds(wanted: Wanted): boolean {
    return this.#position !== undefined && includes(this.#position.held, wanted);
  }

  async #load(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const answer = await ask(this.#source, `stats?${queryOf(wanted)}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#times.answer)]),
    });
    const { headers } = answer;
    const etag = headers.get('ETag');
    const isKnown = etag !== null && etag === this.#etag && this.#holds(wanted);
    const documents = isKnown ? [] : documentsOf(await answer.json());
    signal.throwIfAborted();
    this.#take(documents);
    this.#etag = etag;
    this.#position = { held: wanted, eventId: headers.get('Stats-Event-Id') ?? '' };
    const doubt = doubtOf(headers, Date.now());
    if (doubt) this.#trust.say(doubt);
    else if (this.#trust.isDoubtful) this.#trust.say({ state: 'polling' });
    else this.#trust.confirm();
  }

  #stream(wanted: Wanted, signal: AbortSignal): Promise<boolean> {
    let batch: Figures[] = [];
    const since = encodeURIComponent(this.#position?.eventId ?? '');
    return readStream(this.#source, `stats/stream?${queryOf(wanted)}&lastEventId=${since}`, {
      signal,
      times: this.#times,
      onHeard: () => {
        if (this.#trust.status.state === 'live') this.#trust.confirm();
      },
      onEvent: ({ type, data, id }) => {
        if (type === 'state') this.#trust.say(JSON.parse(data));
        if (type !== 'stats') return;
        batch.push(JSON.parse(data));
        if (id === undefined) return;
        this.#position = { held: wanted, eventId: id };
        this.#take(batch);
        batch = [];
      },
    });
  }

  #take(documents: readonly Figures[]): void {
    this.learn(documents);
    if (documents.length > 0) this.#onNews({ documents });
  }

  async #takeRefusal(refusal: Refusal, { keys }: Wanted, signal: AbortSignal): Promise<void> {
    const known = refusal.status === 404 && keys !== 'all' ? await this.#knownKeys() : undefined;
    // What is wanted now may not be refused.
    if (signal.aborted) return;
    const unknown = known && keys !== 'all' ? keys.filter((key) => !known.has(key)) : [];
    if (unknown.length > 0) {
      // All others are shown.
      this.#refused = [...this.#refused, ...unknown];
    } else {
      this.#trust.say({ state: 'refused', reason: refusal.message });
      await this.#pause(this.#times.refused);
    }
  }

  /** A scope that is not known may be made later. */
  async #watchRefused(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#times.refused, signal);
      if (signal.aborted || this.#refused.length === 0) continue;
      const known = await this.#knownKeys();
      const left = this.#refused.filter((key) => !known?.has(key));
      if (signal.aborted || left.length === this.#refused.length) continue;
      this.#refused = left;
      this.#begin();
    }
  }

  /** Undefined where the service does not answer. */
  async #knownKeys(): Promise<ReadonlySet<string> | undefined> {
    const meta = await askJson<Meta>(this.#source, 'meta').catch(() => undefined);
    return meta && new Set(meta.scopes.map(({ key }) => key));
  }

  #pause(ms: number): Promise<void> {
    this.#nap = new AbortController();
    return pause(ms, this.#nap.signal);
  }
}
