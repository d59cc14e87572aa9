/**
 * `npm run bench:live`: from the commit of a change to the clients of event streams. The service is one process of the
 * built bundle, with notifications on; its clients are another one; both on 127.0.0.1, beside a PostgreSQL of their own.
 * BENCH_PROJECTS (default 1000000), BENCH_CLIENTS (default 5000), BENCH_SECONDS (default 30).
 */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, type Sql } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { startServer } from '../support/servers/own-server.ts';
import { epochMs } from './epoch-ms.ts';
import type { Answer, Order } from './live-clients.ts';

const PROJECTS = Number(process.env['BENCH_PROJECTS'] ?? 1_000_000);
const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 5_000);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 30);
const CHANGES_PER_SECOND = 200;
const WRITERS = 8;
const FEW = 10;
const SINGLE_CHANGES = 10;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const rows: [what: string, figure: string][] = [];
const ms = (n: number) => `${Math.round(n).toLocaleString('en')} ms`;
const say = (text: string) => process.stderr.write(`${text}\n`);

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Of a process of this machine, in MB: now, and the most that it has been. */
function memoryOf({ pid }: ChildProcess): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
  return { now: field('VmRSS'), most: field('VmHWM') };
}

async function startService(databaseUrl: string): Promise<{ process: ChildProcess; port: number }> {
  const port = await freePort();
  const service = spawn(process.execPath, ['dist/cli.js', 'serve'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, PORT: String(port), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (;;) {
    if (service.exitCode !== null) throw new Error('The service ended.');
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return { process: service, port };
    await sleep(100);
  }
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

const figure = async (port: number): Promise<number> =>
  (
    (await (
      await fetch(`http://127.0.0.1:${port}/stats/global`, { headers: { 'Cache-Control': 'no-cache' } })
    ).json()) as {
      statistics: { business: { fts: number } };
    }
  ).statistics.business.fts;

/** p50 and p99 over every change and recorded client, of how long the client waited for it. */
async function underLoad(
  sql: Sql,
  ids: string[],
  port: number,
  clients: Clients,
  every: number,
): Promise<string> {
  const before = await figure(port);
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

async function prepare(url: string): Promise<{ sql: Sql; ids: string[]; version: string }> {
  const sql = connect(url, { max: WRITERS });
  await migrate(sql, await loadMigrations());
  say(`Filling a database with ${PROJECTS.toLocaleString('en')} projects ...`);
  await seedDemo(sql, { projects: PROJECTS, seed: 1 });
  await sql.unsafe('VACUUM ANALYZE');
  const found = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" WHERE "FtsValue" < 1000000 ORDER BY md5("ProjectId"::text) LIMIT 10000`;
  const [{ version }] = await sql<[{ version: string }]>`SELECT current_setting('server_version') AS version`;
  return { sql, ids: found.map(({ id }) => id), version };
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

async function bench(url: string): Promise<string> {
  const { sql, ids, version } = await prepare(url);
  say('Starting the service ...');
  const service = await startService(url);
  try {
    await untilFolding(sql);
    const { port } = service;
    rows.push(['RSS of the service without clients', `${memoryOf(service.process).now} MB`]);

    const few = new Clients();
    await few.ask({ do: 'open', port, clients: FEW });
    say(`${FEW} clients, ${CHANGES_PER_SECOND} changes/s ...`);
    await change(sql, ids, CHANGES_PER_SECOND, CHANGES_PER_SECOND);
    rows.push([`commit to client, ${FEW} clients`, await underLoad(sql, ids, port, few, 1)]);
    await few.close();

    const many = new Clients();
    const opened = performance.now();
    await many.ask({ do: 'open', port, clients: CLIENTS });
    rows.push([
      `${CLIENTS.toLocaleString('en')} clients connected and served within`,
      ms(performance.now() - opened),
    ]);
    await sleep(2_000);
    rows.push([
      `RSS with ${CLIENTS.toLocaleString('en')} idle clients`,
      `${memoryOf(service.process).now} MB`,
    ]);
    const served: number[] = [];
    for (let i = 0; i < SINGLE_CHANGES; i++) {
      const before = await figure(port);
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
    rows.push(['RSS after these', `${memoryOf(service.process).now} MB`]);
    say(`${CLIENTS} clients, ${CHANGES_PER_SECOND} changes/s ...`);
    rows.push([
      `commit to client, ${CLIENTS.toLocaleString('en')} clients (every 50th recorded)`,
      await underLoad(sql, ids, port, many, 50),
    ]);
    const { now, most } = memoryOf(service.process);
    rows.push(['RSS after that; the most it has been', `${now} MB; ${most} MB`]);
    await many.close();
    return version;
  } finally {
    const ended = once(service.process, 'exit');
    service.process.kill('SIGTERM');
    await ended;
    await sql.end();
  }
}

execFileSync(process.execPath, ['build.mjs'], { cwd: ROOT, stdio: 'inherit' });
const server = await startServer({ shared_buffers: '1GB', max_wal_size: '8GB', max_connections: '50' });
try {
  const version = await bench(server.url);
  const title = `${PROJECTS.toLocaleString('en')} projects, PostgreSQL ${version}`;
  process.stdout.write(`\n${title}\n\n| | |\n|---|---|\n`);
  for (const [what, value] of rows) process.stdout.write(`| ${what} | ${value} |\n`);
} finally {
  await server.stop();
}
