/**
 * `npm run bench:live`: from the commit of a change to the clients of event streams. The service is one process of the
 * built bundle, with notifications on; its clients are another one; both on 127.0.0.1, beside a PostgreSQL of their own.
 * BENCH_PROJECTS (default 1000000), BENCH_CLIENTS (default 5000), BENCH_SECONDS (default 30).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from '../../src/db/connection.ts';
import { buildProgram } from '../chaos/program.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { epochMs } from './epoch-ms.ts';
import { fillDatabase, startBenchServer } from './filled.ts';
import type { Answer, Order } from './live-clients.ts';

const PROJECTS = Number(process.env['BENCH_PROJECTS'] ?? 1_000_000);
const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 5_000);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 30);
const CHANGES_PER_SECOND = 200;
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

/** The clients' process. */
class Clients {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(fileURLToPath(new URL('./live-clients.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
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
async function change(sql: Sql, ids: readonly string[], count: number, perSecond: number): Promise<number[]> {
  const began = performance.now();
  const acknowledged: number[] = [];
  let next = 0;
  const writer = async () => {
    for (let n = next++; n < count; n = next++) {
      const early = began + (n * 1000) / perSecond - performance.now();
      if (early > 0) await sleep(early);
      await sql`UPDATE "Projects" SET "FtsValue" = coalesce("FtsValue", 0) + 1 WHERE "ProjectId" = ${ids[n % ids.length] ?? ''}`;
      acknowledged.push(epochMs());
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return acknowledged.sort((a, b) => a - b);
}

async function figure(url: string): Promise<number> {
  const answer = await fetch(`${url}/stats/global`, { headers: { 'Cache-Control': 'no-cache' } });
  return ((await answer.json()) as any).statistics.business.fts;
}

/** p50 and p99 over every change and recorded client, of how long the client waited for it. */
async function underLoad(
  sql: Sql,
  ids: string[],
  url: string,
  clients: Clients,
  every: number,
): Promise<string> {
  const before = await figure(url);
  clients.tell({ do: 'record', every });
  const began = performance.now();
  const committed = await change(sql, ids, CHANGES_PER_SECOND * SECONDS, CHANGES_PER_SECOND);
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
  waits.sort((a, b) => a - b);
  const events = Math.round(seen.reduce((sum, list) => sum + list.length, 0) / seen.length / SECONDS);
  return `p50 ${ms(quantile(waits, 0.5))}, p99 ${ms(quantile(waits, 0.99))} (${rate} changes/s in ${events} events/s)`;
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

async function bench(serverUrl: string, program: string): Promise<string> {
  say(`Filling a database with ${PROJECTS.toLocaleString('en')} projects ...`);
  const { sql, url: databaseUrl, version } = await fillDatabase(serverUrl, 'live', PROJECTS, WRITERS);
  const found = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" WHERE "FtsValue" < 1000000 ORDER BY md5("ProjectId"::text) LIMIT 10000`;
  const ids = found.map(({ id }) => id);
  say('Starting the service ...');
  const service = await NodeProcess.start({ name: 'service', program, databaseUrl });
  try {
    while (!service.ready) {
      if (service.crashed) throw new Error(`The service ended: ${service.said}`);
      await sleep(100);
    }
    await untilFolding(sql);
    const { url } = service;
    const port = Number(new URL(url).port);
    rows.push(['RSS of the service without clients', `${memoryOf(service).now} MB`]);

    const few = new Clients();
    await few.ask({ do: 'open', port, clients: FEW });
    say(`${FEW} clients, ${CHANGES_PER_SECOND} changes/s ...`);
    await change(sql, ids, CHANGES_PER_SECOND, CHANGES_PER_SECOND);
    rows.push([`commit to client, ${FEW} clients`, await underLoad(sql, ids, url, few, 1)]);
    await few.close();

    const many = new Clients();
    const opened = performance.now();
    await many.ask({ do: 'open', port, clients: CLIENTS });
    rows.push([
      `${CLIENTS.toLocaleString('en')} clients connected and served within`,
      ms(performance.now() - opened),
    ]);
    await sleep(2_000);
    rows.push([`RSS with ${CLIENTS.toLocaleString('en')} idle clients`, `${memoryOf(service).now} MB`]);
    const served: number[] = [];
    for (let i = 0; i < SINGLE_CHANGES; i++) {
      const before = await figure(url);
      const [committed = Number.NaN] = await change(sql, ids, 1, 1);
      const { lastAt } = await many.ask<{ lastAt: number }>({ do: 'await', value: before + 1 });
      served.push(lastAt - committed);
      await sleep(500);
    }
    served.sort((a, b) => a - b);
    rows.push([
      `one change, commit to the last of ${CLIENTS.toLocaleString('en')} clients`,
      `median ${ms(quantile(served, 0.5))}, longest ${ms(quantile(served, 1))}`,
    ]);
    rows.push(['RSS after these', `${memoryOf(service).now} MB`]);
    say(`${CLIENTS} clients, ${CHANGES_PER_SECOND} changes/s ...`);
    rows.push([
      `commit to client, ${CLIENTS.toLocaleString('en')} clients (every 50th recorded)`,
      await underLoad(sql, ids, url, many, 50),
    ]);
    const { now, most } = memoryOf(service);
    rows.push(['RSS after that; the most it has been', `${now} MB; ${most} MB`]);
    await many.close();
    return version;
  } finally {
    await service.kill();
    await sql.end();
  }
}

const program = await buildProgram();
const server = await startBenchServer();
try {
  const version = await bench(server.url, program.path);
  const title = `${PROJECTS.toLocaleString('en')} projects, PostgreSQL ${version}`;
  process.stdout.write(`\n${title}\n\n| | |\n|---|---|\n`);
  for (const [what, value] of rows) process.stdout.write(`| ${what} | ${value} |\n`);
} finally {
  await server.stop();
  await program.remove();
}
