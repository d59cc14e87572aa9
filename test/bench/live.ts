/**
 * `npm run bench:live`: from the commit of a change to the clients of event streams, of one node and of three. Each node is a
 * process of the built bundle, with notifications on; all clients are another one; all on 127.0.0.1, beside a PostgreSQL of
 * their own. BENCH_PROJECTS (default 1000000), BENCH_CLIENTS (default 5000), BENCH_SECONDS (default 30).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from '../../src/db/connection.ts';
import bundle, { CLI } from '../support/service/bundle.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { epochMs } from './epoch-ms.ts';
import { fillDatabase, startBenchServer } from './filled.ts';
import type { Answer, Order } from './live-clients.ts';

const PROJECTS = Number(process.env['BENCH_PROJECTS'] ?? 1_000_000);
const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 5_000);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 30);
const STEADY = { perSecond: 200, batch: 1 };
/** Each transaction changes many projects, as one of the application's batches would. */
const STORM = { perSecond: 5_000, batch: 50 };
type Load = typeof STEADY;
const WRITERS = 8;
const FEW = 10;
const SINGLE_CHANGES = 10;

const rows: [what: string, figure: string][] = [];
const ms = (n: number) => `${Math.round(n).toLocaleString('en')} ms`;
const say = (text: string) => process.stderr.write(`${text}\n`);

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Of a process of this machine, in MB: now, and the most that it has been. */
function memoryOf({ pid }: NodeProcess): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
  return { now: field('VmRSS'), most: field('VmHWM') };
}

/** CPU seconds that a process of this machine has taken, in hundredths. */
function cpuOf({ pid }: { pid: number | undefined }): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** @returns says what both have taken since this call, for one of `changes` where that is given */
function cpuSince(node: NodeProcess, clients: Clients): (changes?: number) => string {
  const cpu = () => [cpuOf(node), cpuOf(clients)] as const;
  const before = cpu();
  return (changes = 1) => {
    const [ofNode, ofClients] = cpu().map((now, i) => ms(((now - (before[i] ?? 0)) * 1000) / changes));
    return `node ${ofNode}, clients ${ofClients}`;
  };
}

const portOf = ({ url }: NodeProcess) => Number(new URL(url).port);

/** The clients' process. */
class Clients {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./live-clients.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async ask<T extends Answer>(order: Order): Promise<T> {
    const answered = once(this.#child, 'message');
    this.tell(order);
    return (await answered)[0];
  }

  tell(order: Order): void {
    this.#child.send(order);
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

/** Makes changes that each raise the figure that clients read by one. Returns when each was acknowledged, ascending. */
async function change(
  sql: Sql,
  ids: readonly string[],
  count: number,
  { perSecond, batch }: Load,
): Promise<number[]> {
  const began = performance.now();
  const acknowledged: number[] = [];
  let next = 0;
  const writer = async () => {
    for (let n = next; n < count; n = next) {
      next += batch;
      const early = began + (n * 1000) / perSecond - performance.now();
      if (early > 0) await sleep(early);
      const some = Array.from({ length: batch }, (_, i) => ids[(n + i) % ids.length] ?? '');
      await sql`UPDATE "Projects" SET "FtsValue" = coalesce("FtsValue", 0) + 1 WHERE "ProjectId" = ANY(${some}::uuid[])`;
      acknowledged.push(...some.map(epochMs));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return acknowledged.sort((a, b) => a - b);
}

async function figure(url: string): Promise<number> {
  const answer = await fetch(`${url}/stats/global`, { headers: { 'Cache-Control': 'no-cache' } });
  return ((await answer.json()) as any).statistics.business.fts;
}

const spread = (times: number[]) => {
  times.sort((a, b) => a - b);
  return `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}`;
};

/** p50 and p99 over every change and recorded client, of how long the client waited for it. */
async function underLoad(
  sql: Sql,
  ids: string[],
  url: string,
  clients: Clients,
  every: number,
  load: Load = STEADY,
): Promise<string> {
  const before = await figure(url);
  clients.tell({ do: 'record', every });
  const began = performance.now();
  const committed = await change(sql, ids, load.perSecond * SECONDS, load);
  const rate = Math.round((committed.length / (performance.now() - began)) * 1000);
  await clients.ask({ do: 'await', value: before + committed.length });
  const { seen } = await clients.ask<{ seen: [number, number][][] }>({ do: 'stop' });
  const waits: number[] = [];
  for (const events of seen) {
    let shown = 0;
    for (const [value, at] of events) {
      for (; shown < value - before; shown++) waits.push(Math.max(0, at - (committed[shown] ?? at)));
    }
  }
  const events = Math.round(seen.reduce((sum, list) => sum + list.length, 0) / seen.length / SECONDS);
  return `${spread(waits)} (${rate} changes/s in ${events} events/s)`;
}

/** Reads each node in turn, every few ms, while `work` goes on; returns p50 and p99 of how long that took. */
async function readingMeanwhile(urls: readonly string[], work: Promise<unknown>): Promise<string> {
  const waits: number[] = [];
  let over = false;
  void work.finally(() => {
    over = true;
  });
  for (let n = 0; !over; n++) {
    const began = performance.now();
    const answer = await fetch(`${urls[n % urls.length]}/stats/global`);
    await answer.text();
    if (answer.status !== 200) throw new Error(`A reader got ${answer.status}.`);
    waits.push(performance.now() - began);
    await sleep(5);
  }
  return spread(waits);
}

async function startNode(databaseUrl: string): Promise<NodeProcess> {
  const node = await NodeProcess.start({ name: 'node', program: CLI, databaseUrl });
  return node.untilReady();
}

/** Waits until changes are folded, as they are after the first minutes of a database. */
async function untilFolding(sql: Sql): Promise<void> {
  for (;;) {
    const [state] = await sql<[{ generation: number; building: boolean }]>`
      SELECT generation, building FROM dashboard_stats.state`;
    if (state.generation !== 0 && !state.building) return;
    await sleep(500);
  }
}

async function bench(serverUrl: string): Promise<string> {
  say(`Filling a database with ${PROJECTS.toLocaleString('en')} projects ...`);
  const { sql, url: databaseUrl, version } = await fillDatabase(serverUrl, 'live', PROJECTS, WRITERS);
  const found = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" WHERE "FtsValue" < 1000000 ORDER BY md5("ProjectId"::text) LIMIT 10000`;
  const ids = found.map(({ id }) => id);
  say('Starting the service ...');
  const service = await startNode(databaseUrl);
  const others: NodeProcess[] = [];
  try {
    await untilFolding(sql);
    const { url } = service;
    const port = portOf(service);
    rows.push(['RSS of a node without clients', `${memoryOf(service).now} MB`]);

    const few = new Clients();
    await few.ask({ do: 'open', ports: [port], clients: FEW });
    say(`${FEW} clients, ${STEADY.perSecond} changes/s ...`);
    await change(sql, ids, STEADY.perSecond, STEADY);
    rows.push([`commit to client, ${FEW} clients of one node`, await underLoad(sql, ids, url, few, 1)]);
    await few.close();

    say('Three nodes ...');
    for (let n = 0; n < 2; n++) others.push(await startNode(databaseUrl));
    const nodes = [service, ...others];
    const spreadOut = new Clients();
    await spreadOut.ask({ do: 'open', ports: nodes.map(portOf), clients: FEW });
    for (const load of [STEADY, STORM]) {
      const loaded = underLoad(sql, ids, url, spreadOut, 1, load);
      const read = await readingMeanwhile(
        nodes.map((node) => node.url),
        loaded,
      );
      rows.push([`commit to client, ${FEW} clients of three nodes`, await loaded]);
      rows.push(['GET /stats/global meanwhile', read]);
    }
    await spreadOut.close();
    for (const other of others) await other.kill();

    const many = new Clients();
    const opened = performance.now();
    await many.ask({ do: 'open', ports: [port], clients: CLIENTS });
    rows.push([
      `${CLIENTS.toLocaleString('en')} clients connected and served within`,
      ms(performance.now() - opened),
    ]);
    await sleep(2_000);
    rows.push([`RSS with ${CLIENTS.toLocaleString('en')} idle clients`, `${memoryOf(service).now} MB`]);
    const served: number[] = [];
    const ofChanges = cpuSince(service, many);
    for (let i = 0; i < SINGLE_CHANGES; i++) {
      const before = await figure(url);
      const [committed = Number.NaN] = await change(sql, ids, 1, STEADY);
      const { lastAt } = await many.ask<{ lastAt: number }>({ do: 'await', value: before + 1 });
      served.push(lastAt - committed);
      await sleep(500);
    }
    served.sort((a, b) => a - b);
    rows.push([
      `one change, commit to the last of ${CLIENTS.toLocaleString('en')} clients`,
      `median ${ms(quantile(served, 0.5))}, longest ${ms(quantile(served, 1))}`,
    ]);
    rows.push(['CPU for one of these changes', ofChanges(SINGLE_CHANGES)]);
    rows.push(['RSS after these', `${memoryOf(service).now} MB`]);
    say(`${CLIENTS} clients, ${STEADY.perSecond} changes/s ...`);
    const ofLoad = cpuSince(service, many);
    rows.push([
      `commit to client, ${CLIENTS.toLocaleString('en')} clients (every 50th recorded)`,
      await underLoad(sql, ids, url, many, 50),
    ]);
    rows.push([`CPU in these ${SECONDS} s`, ofLoad()]);
    const { now, most } = memoryOf(service);
    rows.push(['RSS after that; the most it has been', `${now} MB; ${most} MB`]);
    await many.close();
    return version;
  } finally {
    for (const node of [service, ...others]) await node.kill();
    await sql.end();
  }
}

bundle();
const server = await startBenchServer();
try {
  const version = await bench(server.url);
  const title = `${PROJECTS.toLocaleString('en')} projects, PostgreSQL ${version}`;
  process.stdout.write(`\n${title}\n\n| | |\n|---|---|\n`);
  for (const [what, value] of rows) process.stdout.write(`| ${what} | ${value} |\n`);
} finally {
  await server.stop();
}
