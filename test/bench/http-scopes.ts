/** How the figures of an answer from memory move with the number of documents, and what a refresh does to those who read meanwhile. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../src/db/connection.ts';
import { answerOf, load, type Measured, measureRow, median, type Peer } from './http-load.ts';

const SCOPES = [10, 100, 1_000, 10_000];
const REFRESH_EVERY_MS = 100;
const GLOBAL = { path: '/stats/global', headers: {} };

/**
 * Adds regions up to each number of documents, and prints a row for each.
 *
 * @param service with a database whose projects are in regions of that number
 */
export async function scopesTable(sql: Sql, service: Peer, bare: Peer): Promise<void> {
  const print = (...columns: string[]) => process.stdout.write(`| ${columns.join(' | ')} |\n`);
  print(
    'documents',
    'memory of the process',
    'one changed project: commit to answer',
    'GET /stats/global: CPU beside bare node:http',
    `p99, and p99 of the event loop's delay, without; with a refresh each ${REFRESH_EVERY_MS} ms`,
  );
  print(...Array(5).fill('---'));
  for (const documents of SCOPES) {
    await addRegions(sql, service, documents);
    const changes: number[] = [];
    for (let i = 0; i < 15; i++) changes.push(await oneChange(sql, service));
    const rounds = await measureRow(`${documents} documents`, GLOBAL, [service, bare]);
    const [own = [], other = []] = [...rounds.values()];
    const cpu = median(own.map(({ cpuSeconds }, i) => cpuSeconds / (other[i] as Measured).cpuSeconds));
    const quiet = await readMeanwhile(service);
    const stop = changeAgainAndAgain(sql);
    const busy = await readMeanwhile(service).finally(stop);
    print(
      documents.toLocaleString('en'),
      `${(residentBytes(service.pid) / 1e6).toFixed(0)} MB`,
      `${median(changes).toFixed(0)} ms`,
      `${cpu.toFixed(2)} x`,
      `${quiet}; ${busy}`,
    );
  }
}

async function addRegions(sql: Sql, service: Peer, documents: number): Promise<void> {
  await sql`
    INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName")
    SELECT name, name FROM generate_series(1, ${documents - (await countOf(service))}::int) i, concat(${documents}::int, '-', i) AS name`;
  await sql`
    UPDATE "Projects" p SET "Region" = r."RegionName"
    FROM (SELECT "RegionName", row_number() OVER (ORDER BY "RegionId") AS n, count(*) OVER () AS of FROM "ProjectRegions") r
    WHERE r.n = 1 + abs(hashtext(p."ProjectId"::text)) % r.of`;
  while ((await countOf(service)) < documents) await sleep(200);
}

async function countOf(service: Peer): Promise<number> {
  const { body } = await answerOf(service.url, { path: '/meta', headers: {} });
  return JSON.parse(Buffer.from(body, 'base64').toString()).scopes.length;
}

/** ms from the commit of a change until the service answers with it. */
async function oneChange(sql: Sql, service: Peer): Promise<number> {
  const before = await revisionOf(service);
  await changeOne(sql);
  const began = performance.now();
  while ((await revisionOf(service)) === before) await sleep(1);
  return performance.now() - began;
}

async function revisionOf(service: Peer): Promise<string | undefined> {
  return (await answerOf(service.url, GLOBAL)).headers['Stats-Revision'];
}

const changeOne = (sql: Sql) => sql`
  UPDATE "Projects" SET "Status" = 1 + "Status" % 5, "UpdatedAt" = now()
  WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY random() LIMIT 1)`;

/** @returns ends it */
function changeAgainAndAgain(sql: Sql): () => void {
  const timer = setInterval(() => changeOne(sql).catch(() => undefined), REFRESH_EVERY_MS);
  return () => clearInterval(timer);
}

async function readMeanwhile(service: Peer): Promise<string> {
  // Asking begins a new measurement.
  await eventLoopDelayMs(service);
  const { p99Ms } = await load(service, GLOBAL);
  return `${p99Ms.toFixed(1)} ms, ${(await eventLoopDelayMs(service)).toFixed(0)} ms`;
}

async function eventLoopDelayMs(service: Peer): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]) * 1_000;
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}
