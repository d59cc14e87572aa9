/** What the nodes and the database hold while nobody asks for anything: compared over a soak, to find what grows. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../src/db/connection.ts';
import type { NodeProcess } from '../support/service/node-process.ts';
import type { Cluster } from './cluster.ts';

const MEASURED = 'MEASURED';
/** Run in each node before the program: at SIGWINCH it says what it holds, after a collection of garbage. */
export const MEASURING = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let count = 0;
  process.on('SIGWINCH', () => {
    collect();
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const handles = process.getActiveResourcesInfo().length;
    console.error('${MEASURED} ' + ++count + ' ' + JSON.stringify({ heapUsed, external, rss, handles }));
  });`;

/** By name, which begins with the unit. */
export type Resources = Record<string, number>;

/** So much may the last third of a run have above the middle one. */
const ALLOWANCE: Record<string, (before: number) => number> = {
  MB: () => 3,
  // The allocator gives pages back when it likes.
  RSS: (before) => before / 3,
  // A pool takes eight connections when it needs them.
  handles: () => 12,
  sockets: () => 4,
  files: () => 4,
  streams: () => 0,
  rows: () => 20,
  // Autovacuum comes when it comes.
  kB: (before) => before / 2 + 1_024,
};
/** Logs are kept for the days that settings name, and cells of what no project has any more until midnight. */
const GROWING =
  /^rows of (RealTimeEventsLog|admin_actions|job_runs|totals|days|provinces|authorities|breakdowns|places)$/;

/** Wrong even once: counted since the node's start. */
const NEVER = /^audit mismatches /;

/**
 * What grew beyond its allowance; `perHour` tells how fast, by the medians of the thirds.
 *
 * @throws Error for a name whose unit has no allowance: nothing would check it
 */
export function grown(series: readonly Resources[], minutes: number): string[] {
  return Object.entries(series.at(-1) ?? {}).flatMap(([name, last]) => {
    if (NEVER.test(name)) return last === 0 ? [] : [`${name}: ${last}`];
    const { before, after, perHour } = trend(series, name, minutes);
    const allowed = ALLOWANCE[name.split(' ', 1)[0] ?? ''];
    if (!allowed) throw new Error(`Nothing says how much "${name}" may grow.`);
    return GROWING.test(name) || after - before <= allowed(before)
      ? []
      : [`${name}: ${before} in the middle of the run, ${after} at its end: ${perHour} more in an hour`];
  });
}

/** Of the middle third and of the last one, the medians; a run begins with filling its caches. */
export function trend(series: readonly Resources[], name: string, minutes: number) {
  const values = series.map((one) => one[name] ?? 0);
  const third = Math.max(1, Math.floor(values.length / 3));
  const before = median(values.slice(-2 * third, -third));
  const after = median(values.slice(-third));
  const perHour = ((after - before) * 60) / ((minutes * third) / values.length);
  return { before, after, perHour: Math.round(perHour * 10) / 10 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

export async function measure({ places, sql }: Cluster): Promise<Resources> {
  await untilAtRest(sql);
  const all: Resources = {};
  for (const { process } of places) {
    for (const [what, value] of Object.entries(await measureNode(process)))
      all[`${what} of ${process.name}`] = value;
  }
  for (const [table, { rows, kB }] of await measureTables(sql)) {
    all[`rows of ${table}`] = rows;
    all[`kB of ${table}`] = kB;
  }
  return all;
}

async function measureNode(node: NodeProcess): Promise<Resources> {
  const before = lastMeasured(node)?.count ?? 0;
  node.signal('SIGWINCH');
  let measured = lastMeasured(node);
  for (; (measured?.count ?? 0) === before; measured = lastMeasured(node)) await sleep(20);
  const { heapUsed = 0, external = 0, rss = 0, handles = 0 } = measured?.held ?? {};
  const metrics = await (await fetch(`${node.url}/metrics`, { headers: { Connection: 'close' } })).text();
  const files = readdirSync(`/proc/${node.pid}/fd`).map((fd) => target(`/proc/${node.pid}/fd/${fd}`));
  const mb = (bytes: number) => Math.round((bytes / 2 ** 20) * 10) / 10;
  return {
    'MB heap': mb(heapUsed),
    'MB outside of the heap': mb(external),
    'RSS in MB': mb(rss),
    handles,
    sockets: files.filter((file) => file.startsWith('socket:')).length,
    files: files.filter((file) => !file.startsWith('socket:')).length,
    streams: Number(/^dashboard_stats_streams (\d+)/m.exec(metrics)?.[1]),
    'audit mismatches': sum(metrics, 'audit_mismatches_total'),
    'streams dropped': sum(metrics, 'stream_clients_dropped_total'),
  };
}

function lastMeasured({ said }: NodeProcess): { count: number; held: Record<string, number> } | undefined {
  const [, count, held] = [...said.matchAll(new RegExp(`${MEASURED} (\\d+) (\\{.*\\})\n`, 'g'))].at(-1) ?? [];
  return held ? { count: Number(count), held: JSON.parse(held) } : undefined;
}

function sum(metrics: string, name: string): number {
  const values = metrics.matchAll(new RegExp(`^dashboard_stats_${name}(?:\\{.*\\})? (\\d+)`, 'gm'));
  return [...values].reduce((total, [, value]) => total + Number(value), 0);
}

/** Closed meanwhile: nothing. */
function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** No change waits, nothing is queued, and no cells are built; connections of readers are past KEEP_ALIVE_SECONDS. */
async function untilAtRest(sql: Sql): Promise<void> {
  for (let tries = 0; ; tries++) {
    await sleep(3_000);
    const [waiting] = await sql`
      SELECT (SELECT count(*) FROM dashboard_stats.marks) AS marks, (SELECT count(*) FROM dashboard_stats.late_marks) AS late,
        (SELECT count(*) FROM dashboard_stats.queued_events) AS events, building::integer AS building,
        (SELECT count(*) FROM dashboard_stats.queued_notifications) AS notifications
      FROM dashboard_stats.state`;
    if (Object.values(waiting ?? {}).every((count) => count === 0)) return;
    if (tries > 10) throw new Error(`Nobody writes, and still there are ${JSON.stringify(waiting)}`);
  }
}

/** Tables of one generation of cells have the names of any other. */
async function measureTables(sql: Sql): Promise<Map<string, { rows: number; kB: number }>> {
  const tables = await sql<{ name: string; rows: number; kB: number }[]>`
    SELECT regexp_replace(relname, '_\\d+$', '') AS name, pg_total_relation_size(oid)::float8 / 1024 AS "kB",
      (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM %s', oid::regclass), true, true, '')))[1]
        ::text::float8 AS rows
    FROM pg_class WHERE relkind = 'r' AND (relnamespace = 'dashboard_stats'::regnamespace
      OR relname IN ('DashboardStatsCache', 'RealTimeNotifications', 'RealTimeEventsLog', 'SignalRGroups'))`;
  const byName = new Map<string, { rows: number; kB: number }>();
  for (const { name, rows, kB } of tables) {
    const { rows: others, kB: more } = byName.get(name) ?? { rows: 0, kB: 0 };
    byName.set(name, { rows: rows + others, kB: Math.round(kB + more) });
  }
  return byName;
}
