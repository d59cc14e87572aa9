/** Those who read statistics over HTTP and those who order them about, each with a record of what was answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import type { NodeProcess } from '../support/service/node-process.ts';
import type { Cluster, Place } from './cluster.ts';
import type { Order, Read } from './history.ts';
import { between, oneOf, type Random, random } from './random.ts';
import { ServedDocuments } from './served.ts';

/** Longer than a node makes anybody wait; one that is frozen answers later. */
export const PATIENCE_MS = 15_000;

const PATHS = ['/stats', '/stats', '/stats/global', '/stats/global', '/stats/regions', '/stats/facilities'];
const SINGLES = ['region:northern', 'region:central', 'facility:reservoir', 'facility:water_treatment'];

export class Clients {
  readonly reads: Read[] = [];
  readonly orders: Order[] = [];
  readonly #documents = new ServedDocuments();
  /** The last answer to each path: an ETag means the same bytes on every node. */
  readonly #known = new Map<string, { etag: string; text: string }>();
  readonly #cluster: Cluster;
  readonly #quiet: Place | undefined;
  /** The highest that was answered. */
  #revision = 0;
  #stopped = false;
  readonly #running: Promise<void>[] = [];

  /** @param quiet the node, by number, that is asked for nothing but what it has: it looks at the table by itself only */
  constructor(cluster: Cluster, quiet?: number) {
    this.#cluster = cluster;
    this.#quiet = cluster.places[quiet ?? -1];
  }

  start(readers: number, administrators: number, seed: number): void {
    for (let n = 0; n < readers; n++) this.#running.push(this.#reads(random(seed, `reader ${n}`)));
    for (let n = 0; n < administrators; n++)
      this.#running.push(this.#administers(random(seed, `administrator ${n}`)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #reads(chance: Random): Promise<void> {
    while (!this.#stopped) {
      const place = oneOf(chance, this.#cluster.places);
      const path =
        chance() < 0.8
          ? oneOf(chance, PATHS)
          : `/stats?keys=global,${oneOf(chance, SINGLES)},${oneOf(chance, SINGLES)}`;
      const kind = place === this.#quiet ? 0 : chance();
      await this.read(place.process, path, kind < 0.75 ? 'plain' : kind < 0.87 ? 'current' : this.#revision);
      await sleep(between(chance, 5, 40));
    }
  }

  async read({ name: node, url }: NodeProcess, path: string, asked: Read['asked']): Promise<Read> {
    const target = new URL(path, url);
    if (typeof asked === 'number') target.searchParams.set('minRevision', String(asked));
    // Every second time, whoever asked before says so.
    const known = this.reads.length % 2 === 0 ? this.#known.get(path) : undefined;
    const headers = {
      ...(asked === 'current' && { 'Cache-Control': 'no-cache' }),
      ...(known && { 'If-None-Match': known.etag }),
    };
    const start = performance.now();
    const { response, text: sent } = await answer(target, { headers });
    const notModified = known !== undefined && response?.status === 304;
    const text = notModified ? known.text : sent;
    const status = notModified ? 200 : (response?.status ?? 0);
    const etag = response?.headers.get('ETag');
    if (status === 200 && etag) this.#known.set(path, { etag, text });
    const revision = Number(response?.headers.get('Stats-Revision') ?? 0);
    const read: Read = {
      node,
      asked,
      start,
      end: performance.now(),
      status,
      retryAfter: response?.headers.has('Retry-After') ?? false,
      stale: response?.headers.get('Cache-Status')?.includes('detail=stale') ?? false,
      revision,
      bundle: path === '/stats',
      documents: status === 200 ? this.#documents.of(text) : [],
    };
    this.#revision = Math.max(this.#revision, revision);
    this.reads.push(read);
    return read;
  }

  async #administers(chance: Random): Promise<void> {
    while (!this.#stopped) {
      await sleep(between(chance, 50, 400));
      const places = this.#cluster.places.filter((place) => place !== this.#quiet);
      const place = oneOf(chance, places);
      const kind = chance();
      const keys = ['global', ...SINGLES].filter(() => chance() < 0.5);
      const target =
        kind < 0.4
          ? { keys: keys.length > 0 ? keys : ['global'] }
          : kind < 0.6
            ? { all: true }
            : { projectIds: [oneOf(chance, this.#cluster.probes)] };
      if (kind < 0.85) await this.#order(place.process, 'invalidate', target);
      else await this.#order(place.process, 'recompute', kind < 0.95 ? {} : { full: true });
    }
  }

  async #order({ name: node, url }: NodeProcess, what: Order['do'], body: object): Promise<void> {
    const start = performance.now();
    const { response, text } = await answer(new URL(`/stats/${what}`, url), {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = response?.status === 200 ? JSON.parse(text) : {};
    const order: Order = {
      node,
      do: what,
      start,
      end: performance.now(),
      status: response?.status ?? 0,
      retryAfter: response?.headers.has('Retry-After') ?? false,
      revision: json.revision ?? 0,
      keys: what === 'invalidate' ? (json.keys ?? []) : [],
    };
    this.#revision = Math.max(this.#revision, order.revision);
    this.orders.push(order);
  }
}

/** No response where none came, or not whole. */
async function answer(url: URL, options: RequestInit): Promise<{ response?: Response; text: string }> {
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
    return { response, text: await response.text() };
  } catch {
    return { text: '' };
  }
}
