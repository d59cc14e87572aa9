/** Those who ask for all else: lists, history, pages; who report events, run jobs, and send what is wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../src/db/connection.ts';
import { LISTS, type ListName } from '../../src/stats/lists.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import { PATIENCE_MS } from './clients.ts';
import type { Cluster } from './cluster.ts';
import { between, oneOf, type Random, random } from './random.ts';

/** What is written may take as long as its transaction. */
const WRITING_MS = 30_000;
const SCOPES = ['global', 'region:northern', 'region:central', 'facility:reservoir'];
const METRICS = ['schedule.overdue', 'totalProjects', 'statusBreakdown.completed'];
const PAGES = [
  '/',
  '/lists/overdue',
  '/map',
  '/meta',
  '/metrics',
  '/openapi.json',
  '/livez',
  '/jobs',
  '/admin/actions',
];
/** What nobody should ask, and how it is answered whether the database is there or not. */
const WRONG: [method: string, path: string, body: string | undefined, status: number][] = [
  ['GET', '/stats?fields=nothing', undefined, 400],
  ['GET', '/stats/global?minRevision=-1', undefined, 400],
  ['GET', '/stats/lists/overdue?limit=1000000', undefined, 400],
  ['GET', '/stats/global/history?metrics=nothing', undefined, 400],
  ['GET', '/stats/%ff', undefined, 404],
  ['GET', '/nothing', undefined, 404],
  ['DELETE', '/stats/global', undefined, 405],
  ['POST', '/stats/invalidate', '{"keys": ["global"', 400],
  ['POST', '/stats/invalidate', '{"all": true, "keys": ["global"]}', 400],
  ['POST', '/stats/invalidate', `{"reason": "${'x'.repeat(1_100_000)}"}`, 413],
  ['POST', '/events/activity', `[${'['.repeat(50_000)}`, 400],
  ['POST', '/events/activity', '{"projectId": "\\u0000"}', 400],
];

/** A figure as it was told: it must be that of the document of this version. */
interface Claim {
  key: string;
  version: number;
  figure: string;
  value: number;
  /** Where. */
  told: string;
}

export class Visitors {
  readonly faults: string[] = [];
  answers = 0;
  unavailable = 0;
  readonly claims: Claim[] = [];
  readonly #cluster: Cluster;
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(cluster: Cluster, seed: number, count: number) {
    this.#cluster = cluster;
    this.#running = Array.from({ length: count }, (_, n) => this.#visit(random(seed, `visitor ${n}`)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** Compares what was told with the documents that the table had. */
  async check(sql: Sql): Promise<string[]> {
    const rows = await sql<{ wrong: string }[]>`
      SELECT format('%s, but at version %s %s was %s', claim->>'told', claim->>'version', claim->>'key', kept) AS wrong
      FROM jsonb_array_elements(${JSON.stringify(this.claims)}::text::jsonb) claim
      LEFT JOIN LATERAL (
        SELECT statistics::jsonb #> string_to_array(claim->>'figure', '.') AS kept FROM witness
        WHERE key = claim->>'key' AND version = (claim->>'version')::integer LIMIT 1
      ) document ON true
      WHERE kept IS DISTINCT FROM claim->'value'`;
    return rows.map(({ wrong }) => wrong);
  }

  async #visit(chance: Random): Promise<void> {
    while (!this.#stopped) {
      const { url } = oneOf(chance, this.#cluster.places).process;
      const kind = chance();
      if (kind < 0.25) await this.#list(url, chance);
      else if (kind < 0.45) await this.#history(url, chance);
      else if (kind < 0.65) await this.#ask(url, 'GET', oneOf(chance, PAGES), undefined, [200]);
      else if (kind < 0.75) await this.#report(url, chance);
      else if (kind < 0.77)
        await this.#ask(url, 'POST', `/jobs/${oneOf(chance, ['audit', 'purge'])}/run`, '{}', [200, 409]);
      else {
        const [method, path, body, status] = oneOf(chance, WRONG);
        await this.#ask(url, method, path, body, [status]);
      }
      await sleep(between(chance, 10, 150));
    }
  }

  async #list(url: string, chance: Random): Promise<void> {
    const list = oneOf(chance, Object.keys(LISTS) as ListName[]);
    const key = oneOf(chance, SCOPES);
    let after = '';
    for (let part = 0; part < 3; part++) {
      const path = `/stats/lists/${list}?scope=${key}&limit=${oneOf(chance, [1, 20, 100])}${after}`;
      const found = await this.#ask(url, 'GET', path, undefined, [200, 404]);
      if (!found?.items) return;
      const { version, total, next } = found;
      const told = `${path} had ${total} in all`;
      this.claims.push({ key, version, figure: LISTS[list].figure, value: total, told });
      if (!next) return;
      after = `&after=${encodeURIComponent(next)}`;
    }
  }

  async #history(url: string, chance: Random): Promise<void> {
    const key = oneOf(chance, SCOPES);
    const [type, name] = key.split(':');
    const scope = name ? `${type === 'region' ? 'regions' : 'facilities'}/${name}` : 'global';
    const path = `/stats/${scope}/history?metrics=${METRICS}`;
    const found = await this.#ask(url, 'GET', path, undefined, [200, 404]);
    if (!found?.series) return;
    for (const figure of METRICS) {
      const value = found.series[figure].at(-1);
      this.claims.push({ key, version: found.version, figure, value, told: `${path} ended with ${value}` });
    }
  }

  async #report(url: string, chance: Random): Promise<void> {
    const digits = String(Math.floor(chance() * 1e12)).padStart(12, '0');
    const activity = {
      activityId: `20000000-0000-4000-8000-${digits}`,
      projectId: oneOf(chance, this.#cluster.probes),
      ...{ activityType: 'updated', entityType: 'project', entityId: crypto.randomUUID() },
      ...{ title: 't', description: 'd' },
    };
    const found = await this.#ask(url, 'POST', '/events/activity', JSON.stringify(activity), [202]);
    if (found && found.accepted + found.duplicates !== 1)
      this.faults.push(`An activity was answered ${JSON.stringify(found)}`);
  }

  /** @returns the body where it is JSON and an answer that is looked for; undefined after a 503 that says when to come again */
  async #ask(url: string, method: string, path: string, body: string | undefined, expected: number[]) {
    const headers = {
      Authorization: `Bearer ${ADMIN_TOKEN}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    const what = `${method} ${path} ${body?.slice(0, 200) ?? ''}`;
    try {
      const signal = AbortSignal.timeout(method === 'GET' ? PATIENCE_MS : WRITING_MS);
      const answer = await fetch(url + path, {
        method,
        headers,
        signal,
        ...(body !== undefined && { body }),
      });
      const text = await answer.text();
      this.answers++;
      if (answer.status === 503 && answer.headers.has('Retry-After')) {
        this.unavailable++;
        return undefined;
      }
      if (!expected.includes(answer.status))
        this.faults.push(`${what} was answered ${answer.status}: ${text.slice(0, 1_000)}`);
      const isJson = answer.headers.get('Content-Type')?.includes('json');
      if (answer.status >= 400 && !answer.headers.get('Content-Type')?.startsWith('application/problem+json'))
        this.faults.push(
          `${what} was answered ${answer.status}, and not as a problem: ${text.slice(0, 500)}`,
        );
      return isJson ? JSON.parse(text) : undefined;
    } catch (error) {
      // A job may take as long as its longest statement, which is ten minutes.
      if (!path.startsWith('/jobs/'))
        this.faults.push(`${what} got no answer: ${error} ${(error as Error).cause ?? ''}`);
      return undefined;
    }
  }
}
