/**
 * `npm run test:soak`: two nodes under everything that they may meet but their own end, for as long as is asked for. Each round
 * is checked like chaos.test.ts, and in the rest after it nothing may hold more than before: memory, handles, sockets, streams, rows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { until } from '../support/application/projects.ts';
import { Cluster } from './cluster.ts';
import { Faults } from './faults.ts';
import { Followers } from './followers.ts';
import type { Increment } from './history.ts';
import { type FaultKind, plan } from './plan.ts';
import { grown, MEASURING, measure, type Resources, trend } from './resources.ts';
import { Scene } from './scene.ts';
import { Visitors } from './visitors.ts';

const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 2);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
/** Another bundle than that of the sources. */
const PROGRAM = process.env['SOAK_PROGRAM'];
const FAULTS_MS = 25_000;
const CALM_MS = 15_000;
/** How soon is checked elsewhere: this runs beside other work. */
const PATIENT_MS = 120_000;
const KINDS: FaultKind[] = [
  ...(['terminate', 'cutListening', 'muteListening', 'cut', 'silence', 'delay'] as const),
  ...(['restartFast', 'restartImmediate', 'jumpClock'] as const),
];
const NODE = {
  // Full after a minute, so that what grows after it is a leak.
  CACHE_MAX_BYTES: '1048576',
  KEEP_ALIVE_SECONDS: '2',
  CRON_AUDIT: '* * * * *',
};
const FOLLOWERS = [
  ...(['reads', 'reads', 'reads', 'reads', 'reads', 'reads'] as const),
  ...(['reads slowly', 'reads slowly', 'does not read', 'does not read'] as const),
];

test(`for ${MINUTES} minutes every answer is right, labelled or a 503 with Retry-After, and nothing grows`, {
  timeout: (MINUTES + 10) * 60_000,
}, async () => {
  const cluster = await Cluster.open({ nodes: [NODE, NODE], preload: MEASURING, program: PROGRAM });
  const began = performance.now();
  const minutes = () => Math.round((performance.now() - began) / 6_000) / 10;
  const series: Resources[] = [];
  const wrong: string[] = [];
  const totals: Record<string, number> = {};
  let increments: readonly Increment[] = [];
  try {
    const application = await Application.keep(cluster.sql);
    while (minutes() < MINUTES || series.length < 3) {
      const round = await soak(cluster, SEED + series.length, increments);
      increments = round.increments;
      for (const [what, count] of Object.entries(round.counts)) totals[what] = (totals[what] ?? 0) + count;
      await application.restore(cluster.sql);
      await forgetVersions(cluster.sql);
      series.push(await measure(cluster));
      say(`${minutes()} min: ${JSON.stringify(round.counts)} ${JSON.stringify(series.at(-1))}`);
      wrong.push(...round.wrong);
      for (const one of round.wrong.slice(0, 20)) say(`WRONG ${one}`);
    }
    const took = minutes();
    for (const name of Object.keys(series[0] ?? {}))
      say(`${name}: ${JSON.stringify({ first: series[0]?.[name], ...trend(series, name, took) })}`);
    say(`${took} min in ${series.length} rounds: ${JSON.stringify(totals)}`);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(grown(series, took)).toEqual([]);
    // A run in which nothing happens proves nothing.
    expect(Object.values(totals).filter((count) => count === 0)).toEqual([]);
  } finally {
    await cluster.close();
  }
});

async function soak(cluster: Cluster, seed: number, earlier: readonly Increment[]) {
  const load = { readers: 6, administrators: 1, pace: 0.15 };
  const scene = new Scene(cluster, { seed, ...load, increments: earlier, settleMs: PATIENT_MS });
  const followers = new Followers(cluster, seed, FOLLOWERS);
  const visitors = new Visitors(cluster, seed, 4);
  const faults = new Faults(cluster);
  try {
    await faults.carryOut(plan(seed, FAULTS_MS, [0, 1], KINDS));
    await scene.heal(PATIENT_MS);
    await sleep(CALM_MS);
  } catch (error) {
    scene.faults.push(`Not healed: ${error}`, await whatGoesOn(cluster));
  }
  await Promise.all([followers.stop(), visitors.stop()]);
  const { violations, faults: seen, ...counts } = await scene.report(followers.reads);
  const wrong = [
    ...violations.map(({ detail }) => detail),
    ...[...seen, ...followers.faults, ...visitors.faults, ...(await visitors.check(cluster.sql))],
    ...(counts.unanswered > 0 ? [`${counts.unanswered} requests got no answer.`] : []),
  ];
  const { unanswered: _, ...told } = counts;
  return {
    wrong,
    increments: scene.increments,
    counts: {
      ...told,
      ...{
        otherAnswers: visitors.answers,
        otherUnavailable: visitors.unavailable,
        claims: visitors.claims.length,
      },
      ...{ streams: followers.opened, events: followers.events, batches: followers.reads.length },
      faults: Object.values(faults.done).reduce((sum, count) => sum + count, 0),
    },
  };
}

/** What a person needs to find out why. */
async function whatGoesOn({ sql, processes }: Cluster): Promise<string> {
  const sessions = await sql`
    SELECT application_name, state, wait_event_type, wait_event, clock_timestamp() - xact_start AS transaction,
      clock_timestamp() - state_change AS since, pg_blocking_pids(pid) AS blocked_by, pid, left(query, 200) AS query
    FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'`;
  const said = processes.map((process) => `${process.name}: ${process.said.slice(-4_000)}`);
  return [...sessions.map((session) => JSON.stringify(session)), ...said].join('\n');
}

interface Table {
  table: string;
  id: string;
  columns: string;
}

/** What the application has is put back in each rest: or it would grow, and what is kept of it with it. */
class Application {
  readonly #tables: readonly Table[];

  static async keep(sql: Sql): Promise<Application> {
    const tables = await sql<Table[]>`
      SELECT c.table_name AS table, id, string_agg(quote_ident(column_name), ', ') AS columns
      FROM (VALUES ('ProjectRegions', 'RegionId', 1), ('WaterFacilityTypes', 'FacilityTypeId', 2), ('Projects', 'ProjectId', 3),
        ('ProjectActivityFeed', 'ActivityId', 4), ('ProjectStatusHistory', 'StatusHistoryId', 5)) kept (name, id, place)
      JOIN information_schema.columns c ON c.table_schema = 'public' AND c.table_name = name
      -- What increments have made of it stays.
      WHERE column_name <> 'PqmValue' GROUP BY table_name, id, place ORDER BY place`;
    for (const { table } of tables) await sql.unsafe(`CREATE TABLE "kept${table}" AS TABLE "${table}"`);
    return new Application(tables);
  }

  private constructor(tables: readonly Table[]) {
    this.#tables = tables;
  }

  async restore(sql: Sql): Promise<void> {
    for (const { table, id, columns } of this.#tables)
      await sql.unsafe(`
        DELETE FROM "${table}" WHERE "${id}" NOT IN (SELECT "${id}" FROM "kept${table}");
        UPDATE "${table}" row SET (${columns}) = (SELECT ${columns} FROM "kept${table}" WHERE "${id}" = row."${id}")
          WHERE NOT EXISTS (SELECT FROM "kept${table}" kept WHERE to_jsonb(kept) - 'PqmValue' = to_jsonb(row) - 'PqmValue');
        INSERT INTO "${table}" TABLE "kept${table}" ON CONFLICT DO NOTHING`);
  }
}

/** Of each document the last version is left, for what is read before there is another one. */
async function forgetVersions(sql: Sql): Promise<void> {
  await until(async () => (await sql`SELECT FROM dashboard_stats.marks LIMIT 1`).length === 0, PATIENT_MS);
  await sql`
    DELETE FROM witness WHERE NOT EXISTS (
      SELECT FROM "DashboardStatsCache" WHERE "CacheKey" = key AND version >= "Version")`;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
