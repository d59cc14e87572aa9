/** Clients of event streams that come and go; some read slowly, and some do not read at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Read } from './history.ts';
import { between, oneOf, type Random, random } from './random.ts';
import { ServedDocuments } from './served.ts';

const QUERIES = [
  '',
  '?keys=global',
  '?keys=global,region:northern',
  '?groups=all_users',
  '?fields=totalProjects,schedule',
];
type Haste = 'reads' | 'reads slowly' | 'does not read';

export class Followers {
  /** Each batch, as if it had been read at once. What was sent may have waited long in sockets: it began with the stream. */
  readonly reads: Read[] = [];
  readonly faults: string[] = [];
  opened = 0;
  events = 0;
  readonly #documents = new ServedDocuments();
  readonly #cluster: Cluster;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[];

  constructor(cluster: Cluster, seed: number, hastes: readonly Haste[]) {
    this.#cluster = cluster;
    this.#running = hastes.map((haste, n) => this.#follow(haste, random(seed, `follower ${n}`)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #follow(haste: Haste, chance: Random): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const { process } = oneOf(chance, this.#cluster.places);
      const query = oneOf(chance, QUERIES);
      const leave = new AbortController();
      const stay = between(chance, 500, haste === 'reads' ? 20_000 : 45_000);
      const timer = setTimeout(() => leave.abort(), stay);
      const leaving = AbortSignal.any([leave.signal, signal]);
      try {
        const start = performance.now();
        const response = await fetch(`${process.url}/stats/stream${query}`, { signal: leaving });
        this.opened++;
        if (response.status === 200)
          await this.#take(response, haste, chance, { node: process.name, query, start, leaving });
        else await this.#refused(response, query);
      } catch (error) {
        // Whoever does not read in time is dropped, and may come again.
        if (!leaving.aborted && haste === 'reads')
          this.faults.push(
            `A stream of ${process.name} (${query}) was cut: ${error} ${(error as Error).cause}`,
          );
      }
      clearTimeout(timer);
      leave.abort();
      await sleep(between(chance, 50, 500));
    }
  }

  async #refused({ status, headers, text }: Response, query: string): Promise<void> {
    const isGone = status === 404 && query.includes('region:');
    if (isGone || (status === 503 && headers.has('Retry-After'))) return;
    this.faults.push(`A stream (${query}) was answered ${status}: ${(await text()).slice(0, 500)}`);
  }

  async #take(
    { body }: Response,
    haste: Haste,
    chance: Random,
    { node, query, start, leaving }: { node: string; query: string; start: number; leaving: AbortSignal },
  ): Promise<void> {
    if (!body) throw new Error('A stream without a body.');
    if (haste === 'does not read') return sleep(60_000, undefined, { signal: leaving });
    const versions = new Map<string, number>();
    let [rest, stale, texts] = ['', false, [] as string[]];
    const decoder = new TextDecoder();
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1] ?? '';
        const data = field('data');
        if (field('event') === 'state') stale = JSON.parse(data).state !== 'live';
        if (field('event') !== 'stats') continue;
        this.events++;
        const { key, version } = JSON.parse(data);
        // After a restart of the server, all of them come again.
        if (version < (versions.get(key) ?? 0))
          this.faults.push(
            `A stream of ${node} sent ${key} at version ${version} after ${versions.get(key)}`,
          );
        versions.set(key, version);
        texts.push(data);
        const revision = /-(\d+)$/.exec(field('id'))?.[1];
        if (revision === undefined) continue;
        if (!query.includes('fields'))
          this.reads.push({
            ...{ node, start, end: performance.now(), asked: 'plain', status: 200, retryAfter: false },
            ...{ stale, revision: Number(revision), bundle: false },
            documents: texts.flatMap((text) => this.#documents.of(text)),
          });
        texts = [];
      }
      if (haste === 'reads slowly') await sleep(between(chance, 200, 4_000), undefined, { signal: leaving });
    }
    // One that waited to begin ends where its region is gone by then: the next request is answered 404.
    const mayBeGone = versions.size === 0 && query.includes('region:');
    if (!leaving.aborted && !mayBeGone) throw new Error('It ended.');
  }
}
