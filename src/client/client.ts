/**
 * `dashboard-stats/client`: the service from TypeScript and JavaScript, in Node and in browsers. It needs no other package. What was
 * answered before is validated by its ETag; requests that fail for a while are tried again; streams go on where they were cut off.
 */
import type { ListName } from '../stats/lists.ts';
import type { Bundle, Documents, Field, History, Meta, ProjectList, Selected } from './answers.ts';
import type { Answer, DocumentOptions, ReadOptions, StreamEvent, StreamOptions } from './options.ts';
import { type RequestOptions, request, StatsError } from './request.ts';
import { serverEvents } from './stream.ts';
import { backOff, pause, type Range } from './waiting.ts';

export type * from './answers.ts';
export type * from './options.ts';
export { type RequestOptions, StatsError };

/** So many answers are kept for their ETags; the largest have megabytes where there are a thousand scopes. */
const KEPT = 50;
const RECONNECT_MS: Range = [1_000, 30_000];
const PATHS: Readonly<Record<string, string>> = { region: 'regions', facility: 'facilities' };

export class StatsClient {
  readonly #base: URL;
  readonly #options: RequestOptions;
  readonly #known = new Map<string, { etag: string; data: unknown }>();

  /** @param url where the service is, such as `https://stats.example/` */
  constructor(url: string | URL, options: RequestOptions = {}) {
    this.#base = new URL(url);
    if (!this.#base.pathname.endsWith('/')) this.#base.pathname += '/';
    this.#options = options;
  }

  /** @param key `global`, `region:{name}` or `facility:{name}` */
  async document<F extends Field = Field>(
    key: string,
    options: DocumentOptions<F> = {},
  ): Promise<Answer<Selected<F>>> {
    return this.#read(pathOf(key), { fields: options.fields }, options);
  }

  /** Some documents in the order of their keys. */
  documents<F extends Field = Field>(
    keys: readonly string[],
    options: DocumentOptions<F> = {},
  ): Promise<Answer<Documents<F>>> {
    return this.#read('stats', { keys, fields: options.fields }, options);
  }

  /** Every document. */
  all<F extends Field = Field>(options: DocumentOptions<F> = {}): Promise<Answer<Bundle<F>>> {
    return this.#read('stats', { fields: options.fields }, options);
  }

  /**
   * @param metrics paths of figures, such as `schedule.overdue`
   * @param options from and to are local days, `YYYY-MM-DD`; default: the last 90 days, today included
   */
  async history(
    key: string,
    metrics: readonly string[],
    { from, to, ...options }: ReadOptions & { from?: string | undefined; to?: string | undefined } = {},
  ): Promise<Answer<History>> {
    return this.#read(`${pathOf(key)}/history`, { metrics, from, to }, options);
  }

  /** A part of a list, the worst first; `next` of its data is the `after` of the part that follows. */
  list(
    list: ListName,
    {
      scope,
      limit,
      after,
      ...options
    }: ReadOptions & {
      scope?: string | undefined;
      limit?: number | undefined;
      after?: string | null | undefined;
    } = {},
  ): Promise<Answer<ProjectList>> {
    return this.#read(`stats/lists/${list}`, { scope, limit, after }, options);
  }

  /** Titles, units and definitions of everything there is. */
  async meta(options: Pick<ReadOptions, 'signal'> = {}): Promise<Meta> {
    return (await this.#read<Meta>('meta', {}, options)).data;
  }

  /**
   * The present documents, and then those that change, until the loop is left or `signal` is aborted. Connects again by itself.
   *
   * @throws StatsError where the service refuses
   */
  async *stream<F extends Field = Field>(options: StreamOptions<F> = {}): AsyncGenerator<StreamEvent<F>> {
    const { signal, keys, fields } = options;
    const url = this.#address('stats/stream', { keys, fields });
    let [lastEventId, failures] = ['', 0];
    while (!signal?.aborted) {
      let wait = 0;
      try {
        const headers = { Accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }) };
        const body = await request(url, headers, signal, { ...this.#options, retries: 0 }, streamOf);
        for await (const { type, data, id } of serverEvents(body)) {
          if (type === 'stats') yield { type: 'document', document: JSON.parse(data) };
          if (type === 'state') yield { type, state: JSON.parse(data) };
          if (id !== undefined) lastEventId = id;
          failures = 0;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (!isConnectionFault(error)) throw error;
        if (error instanceof StatsError) wait = error.retryAfterMs;
      }
      if (signal?.aborted) return;
      if (failures === 0)
        yield {
          type: 'state',
          state: { state: 'reconnecting', since: new Date().toISOString(), reason: null },
        };
      await pause(wait + backOff(failures++, RECONNECT_MS), signal);
    }
  }

  #address(path: string, query: Readonly<Record<string, Value>>): URL {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && value !== null)
        url.searchParams.set(name, Array.isArray(value) ? listOf(value) : String(value));
    return url;
  }

  async #read<T>(
    path: string,
    query: Readonly<Record<string, Value>>,
    options: ReadOptions,
  ): Promise<Answer<T>> {
    const { minRevision, current, signal } = options;
    const url = this.#address(path, { ...query, minRevision });
    // What was read at least at some revision is the same answer.
    const name = String(this.#address(path, query));
    const known = this.#known.get(name);
    const headers = {
      Accept: 'application/json',
      ...(known && { 'If-None-Match': known.etag }),
      ...(current && { 'Cache-Control': 'no-cache' }),
    };
    return request(url, headers, signal, this.#options, async (answer) => {
      const etag = answer.headers.get('ETag');
      const data = known && answer.status === 304 ? known.data : await answer.json();
      this.#keep(name, etag, data);
      return {
        data: data as T,
        revision: Number(answer.headers.get('Stats-Revision')),
        age: Number(answer.headers.get('Age')),
        stale: /detail=stale:([\w-]+)/.exec(answer.headers.get('Cache-Status') ?? '')?.[1],
      };
    });
  }

  /** The one that was used longest ago goes. */
  #keep(name: string, etag: string | null, data: unknown): void {
    this.#known.delete(name);
    if (etag !== null) this.#known.set(name, { etag, data });
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** A comma of a name has a backslash before it. */
function listOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(',', '\\,')).join(',');
}

type Value = string | number | readonly string[] | null | undefined;

function streamOf(answer: Response): ReadableStream<Uint8Array> {
  const type = answer.headers.get('Content-Type') ?? '';
  if (!answer.body || !type.startsWith('text/event-stream'))
    throw new StatsError(answer.status, `${answer.url} is no stream of events, but ${type || 'of no type'}.`);
  return answer.body;
}

/** Another attempt may go well: a temporary problem, or a connection that broke (TypeError of fetch) or was ended (AbortError). */
function isConnectionFault(error: unknown): boolean {
  if (error instanceof StatsError) return error.isTemporary;
  return error instanceof TypeError || (error as Error | undefined)?.name === 'AbortError';
}

/** The path of a document. @throws StatsError as the service answers to a key that it does not know */
function pathOf(key: string): string {
  const [, type = '', name = ''] = /^(region|facility):(?!\.{1,2}$)(.+)$/s.exec(key) ?? [];
  if (type) return `stats/${PATHS[type]}/${encodeURIComponent(name)}`;
  if (key === 'global') return 'stats/global';
  throw new StatsError(404, `There are no statistics under the key "${key}".`, {
    type: '/problems/unknown-scope',
  });
}
