/**
 * `npm run bench:freshness`: from the commit of a change to the moment that each of three nodes sends it to a client, at
 * 200 changes/s and in a storm, with what readers wait meanwhile. Each change adds 1 to the PqmValue of a project, so that
 * the sum which a document shows tells which commits it holds. BENCH_PROJECTS (default 10,000), BENCH_SECONDS (10).
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import type { Sql } from '../../src/db/connection.ts';
import { buildProgram } from '../chaos/program.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { fillDatabase, startBenchServer } from './filled.ts';

const PROJECTS = Number(process.env['BENCH_PROJECTS'] ?? 10_000);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const NODES = 3;
const STEADY_PER_SECOND = 200;
const STORM_PER_SECOND = 5_000;
/** A transaction of the storm changes so many projects, as one of the application's batches would. */
const STORM_BATCH = 50;

/** When each node first sent a document that holds so many changes, in ms of this process. */
class Watch {
  readonly #seen: { at: number; changes: number }[] = [];
  readonly #source: EventSource;

  constructor(url: string) {
    this.#source = new EventSource(`${url}/stats/stream?keys=global`);
    this.#source.addEventListener('stats', ({ data }) => {
      this.#seen.push({ at: performance.now(), changes: JSON.parse(data).statistics.business.pqm });
    });
  }

  get changes(): number {
    return this.#seen.at(-1)?.changes ?? -1;
  }

  /** For each commit, how long after it the node sent a document with it. */
  lags(commits: readonly Commit[]): number[] {
    let next = 0;
    return commits.map(({ at, changes }) => {
      while ((this.#seen[next]?.changes ?? Number.POSITIVE_INFINITY) < changes) next++;
      return (this.#seen[next]?.at ?? Number.POSITIVE_INFINITY) - at;
    });
  }

  close(): void {
    this.#source.close();
  }
}

interface Commit {
  /** When it was acknowledged. */
  at: number;
  /** How many changes were committed then, this one included. */
  changes: number;
}

/** Commits one after the other, at a steady pace as far as the machine can, so that their order is known. */
async function write(sql: Sql, ids: readonly string[], perSecond: number, batch: number): Promise<Commit[]> {
  const commits: Commit[] = [];
  const [{ before }] = await sql<[{ before: number }]>`SELECT sum("PqmValue") AS before FROM "Projects"`;
  let changes = Number(before);
  const began = performance.now();
  for (let n = 0; performance.now() - began < SECONDS * 1000; n++) {
    const due = began + (n * batch * 1000) / perSecond;
    if (due > performance.now()) await sleep(due - performance.now());
    const some = Array.from({ length: batch }, (_, i) => ids[(n * batch + i) % ids.length] as string);
    await sql`UPDATE "Projects" SET "PqmValue" = "PqmValue" + 1 WHERE "ProjectId" = ANY(${some}::uuid[])`;
    changes += batch;
    commits.push({ at: performance.now(), changes });
  }
  return commits;
}

/** Reads each node in turn, every few ms, until told to stop. */
async function readOn(nodes: readonly NodeProcess[], stop: { told: boolean }): Promise<number[]> {
  const waits: number[] = [];
  for (let n = 0; !stop.told; n++) {
    const began = performance.now();
    const answer = await fetch(`${nodes[n % nodes.length]?.url}/stats/global`);
    await answer.text();
    if (answer.status !== 200) throw new Error(`A reader got ${answer.status}.`);
    waits.push(performance.now() - began);
    await sleep(5);
  }
  return waits;
}

async function revisionOf(sql: Sql): Promise<number> {
  const [state] = await sql<[{ revision: number }]>`SELECT revision FROM dashboard_stats.state`;
  return state.revision;
}

function row(name: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => `${Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN)} ms`;
  return `| ${name} | ${at(0.5)} | ${at(0.99)} | ${Math.round(sorted.at(-1) ?? Number.NaN)} ms |\n`;
}

const server = await startBenchServer();
const program = await buildProgram();
const nodes: NodeProcess[] = [];
try {
  const { sql, url: databaseUrl } = await fillDatabase(server.url, 'freshness', PROJECTS);
  await sql`UPDATE "Projects" SET "PqmValue" = 0`;
  await sql.unsafe('VACUUM ANALYZE');
  const ids = (await sql<{ id: string }[]>`SELECT "ProjectId"::text AS id FROM "Projects" LIMIT 5000`).map(
    (project) => project.id,
  );
  for (let n = 1; n <= NODES; n++)
    nodes.push(await NodeProcess.start({ name: `node ${n}`, program: program.path, databaseUrl }));
  while (!nodes.every((node) => node.ready)) await sleep(50);
  // The cells are being built; until then each refresh is a scan.
  while ((await sql`SELECT FROM dashboard_stats.state WHERE generation > 0`).length === 0) await sleep(50);
  const watches = nodes.map(({ url }) => new Watch(url));
  process.stdout.write(
    `\n${PROJECTS.toLocaleString('en')} projects, ${NODES} nodes, ${SECONDS} s each\n\n| | p50 | p99 | longest |\n|---|---|---|---|\n`,
  );
  for (const [perSecond, batch] of [
    [STEADY_PER_SECOND, 1],
    [STORM_PER_SECOND, STORM_BATCH],
  ] as const) {
    const stop = { told: false };
    const reading = readOn(nodes, stop);
    const before = await revisionOf(sql);
    const commits = await write(sql, ids, perSecond, batch);
    const total = commits.at(-1)?.changes ?? 0;
    while (watches.some((watch) => watch.changes < total)) await sleep(20);
    stop.told = true;
    const waits = await reading;
    const achieved = Math.round((commits.length * batch) / SECONDS);
    watches.forEach((watch, n) => {
      process.stdout.write(
        row(`commit to client of node ${n + 1}, ${achieved} changes/s`, watch.lags(commits)),
      );
    });
    process.stdout.write(row(`GET /stats/global meanwhile (${waits.length})`, waits));
    process.stdout.write(
      `| refreshes meanwhile | ${(await revisionOf(sql)) - before} | for ${commits.length * batch} changes | |\n`,
    );
  }
  for (const watch of watches) watch.close();
  await sql.end();
} finally {
  for (const node of nodes) await node.kill();
  await program.remove();
  await server.stop();
}
