/**
 * `npm run bench:engine`: what a refresh costs beside a full scan, beside what PostgreSQL offers for the same, and what the
 * triggers cost the application. Everything on one server of its own in one run, printed as a table with ratios: on
 * a shared machine only these mean something. BENCH_SIZES (default 10000,100000,1000000) are the numbers of projects.
 */
import { performance } from 'node:perf_hooks';
import { connect, type Sql } from '../../src/db/connection.ts';
import { buildCells } from '../../src/engine/build.ts';
import { estimateHistory } from '../../src/engine/estimate-history.ts';
import { readList } from '../../src/engine/lists.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { scanSql } from '../../src/engine/scan.ts';
import { isPending } from '../../src/engine/sql/due-work.ts';
import { LISTS, type ListName } from '../../src/stats/lists.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { fillDatabase, startBenchServer } from './filled.ts';
import { median } from './http-load.ts';
import { refreshSteps } from './refresh-steps.ts';
import { CHANGES, updateRate } from './update-rate.ts';

const SIZES = (process.env['BENCH_SIZES'] ?? '10000,100000,1000000').split(',').map(Number);
const ONE_CHANGE_ROUNDS = 100;
const TRIGGER_PAIRS = 10;
const TRIGGER_SECONDS = 4;

type Row = [what: string, figure: string, beside?: string];

const ms = (n: number) => (n < 100 ? `${n.toFixed(1)} ms` : `${Math.round(n).toLocaleString('en')} ms`);
const times = (n: number) => `${n.toFixed(n < 10 ? 2 : 0)} x`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The best of some runs: what the work costs when the machine lets it. */
async function best(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) all.push(await timed(work));
  return Math.min(...all);
}

const SOME = (n: number) =>
  `"ProjectId" IN (SELECT "ProjectId" FROM "Projects" ORDER BY md5("ProjectId"::text) LIMIT ${n})`;

/** @returns medians in ms; `databaseMs` is what the server's sessions were at work, on average, beyond the change itself */
async function oneChange(sql: Sql): Promise<{ refreshMs: number; databaseMs: number }> {
  const ids = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" ORDER BY md5("ProjectId"::text) LIMIT ${ONE_CHANGE_ROUNDS}`;
  const change = (id: string) => sql`
    UPDATE "Projects" SET "TotalCapacityKw" = coalesce("TotalCapacityKw", 0) + 1, "ActualEndDate" = now()
    WHERE "ProjectId" = ${id}`;
  const all: number[] = [];
  const changeAll = async (alsoRefresh: boolean) => {
    const before = await atWork(sql);
    for (const { id } of ids) {
      await change(id);
      if (alsoRefresh) all.push(await timed(() => refresh(engineContext(sql))));
    }
    return (await atWork(sql)) - before;
  };
  // The first ones plan.
  await changeAll(true);
  await refresh(engineContext(sql));
  all.length = 0;
  const both = await changeAll(true);
  const changes = await changeAll(false);
  await refresh(engineContext(sql));
  return { refreshMs: median(all), databaseMs: (both - changes) / ids.length };
}

/** How long sessions of this database have executed statements, in ms; needs PostgreSQL 15. */
async function atWork(sql: Sql): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`;
  const [{ ms }] = await sql<[{ ms: number }]>`
    SELECT active_time AS ms FROM pg_stat_database WHERE datname = current_database()`;
  return ms;
}

/** One pass at the finest grain, over the columns that the documents need: the least that any full recompute reads. */
const BARE_GROUP_BY = `
  SELECT "Region", "FacilityType", "Province", "Status", count(*), sum("CompletionPercentage"), sum("TotalCapacityKw"),
    sum("PvModuleCount"), sum("Inverter125kw"), sum("Inverter80kw"), sum("Inverter60kw"), sum("Inverter40kw"),
    sum("FtsValue"), sum("RevenueValue"), sum("PqmValue"), count("Latitude"), count("Longitude"),
    max("StartDate"), max("EstimatedEndDate"), max("ActualEndDate"), max("LastActivityAt")
  FROM "Projects" GROUP BY 1, 2, 3, 4`;

/** The same over what happened to the projects within the days that a document shows. */
const BARE_EVENTS = [
  ['"ProjectActivityFeed"', '"CreatedAt"', 14],
  ['"ProjectStatusHistory"', '"ChangedAt"', 30],
].map(
  ([table, at, days]) => `
  SELECT "Region", "FacilityType", h.${at}::date, count(*) FROM ${table} h JOIN "Projects" USING ("ProjectId")
  WHERE h.${at} > now() - INTERVAL '${days} days' GROUP BY 1, 2, 3`,
);

async function benchSize(sql: Sql, size: number): Promise<{ rows: Row[]; oneChangeMs: number }> {
  const ctx = engineContext(sql);
  const rows: Row[] = [];
  const bare = await best(3, () => sql.unsafe(BARE_GROUP_BY));
  const events = await best(3, async () => {
    for (const text of BARE_EVENTS) await sql.unsafe(text);
  });
  const full = await best(3, () => refresh(ctx, { force: true, full: true }));
  rows.push(['bare GROUP BY of the projects; of events and status changes', `${ms(bare)}; ${ms(events)}`]);
  rows.push([
    'full recompute of every document',
    ms(full),
    `${times(full / (bare + events))} both; ${times(full / bare)} the first`,
  ]);
  rows.push([
    'build of contributions and cells, beside the refreshes',
    ms(await timed(() => buildCells(ctx))),
  ]);
  await refresh(ctx);

  rows.push(...(await benchTrends(sql)));

  const [{ today }] = await sql<
    [{ today: string }]
  >`SELECT local_date::text AS today FROM dashboard_stats.state`;
  await sql.unsafe(`SET TimeZone = 'Asia/Bangkok'`);
  await sql.unsafe(
    `CREATE MATERIALIZED VIEW bench AS SELECT key, statistics FROM (${scanSql(today, true)}) s`,
  );
  await sql.unsafe('CREATE UNIQUE INDEX ON bench (key)');
  const view = await best(2, () => sql.unsafe('REFRESH MATERIALIZED VIEW CONCURRENTLY bench'));
  await sql.unsafe('DROP MATERIALIZED VIEW bench');

  const { refreshMs: one, databaseMs } = await oneChange(sql);
  rows.push([
    'refresh after one changed project: median, round trips included; time at work in the database',
    `${ms(one)}; ${ms(databaseMs)}`,
  ]);
  rows.push([
    'REFRESH MATERIALIZED VIEW CONCURRENTLY of the same documents',
    ms(view),
    `${times(view / one)} the refresh`,
  ]);
  for (const changed of [1, 20]) {
    const steps = await refreshSteps(sql, changed);
    rows.push([
      `its steps, with ${changed} changed: ${steps.map(([step]) => step).join('; ')}`,
      steps.map(([, took]) => took.toFixed(1)).join('; '),
    ]);
  }
  for (const n of [1_000, 20_000].filter((n) => n <= size / 5)) {
    await sql.unsafe(
      `UPDATE "Projects" SET "PvModuleCount" = coalesce("PvModuleCount", 0) + 1 WHERE ${SOME(n)}`,
    );
    rows.push([
      `refresh after ${n.toLocaleString('en')} changed projects`,
      ms(await timed(() => refresh(ctx))),
    ]);
  }
  const [sizes] = await sql<[{ projects: string; contributions: string; cells: string }]>`
    SELECT pg_size_pretty(pg_total_relation_size('"Projects"')) AS projects,
      pg_size_pretty(sum(pg_total_relation_size(oid)) FILTER (WHERE relname LIKE 'contributions%')) AS contributions,
      pg_size_pretty(sum(pg_total_relation_size(oid)) FILTER (WHERE relname NOT LIKE 'contributions%')) AS cells
    FROM pg_class WHERE relnamespace = 'dashboard_stats'::regnamespace AND relkind = 'r' AND relname ~ '_[0-9]+$'`;
  rows.push([
    'size of contributions; of cells',
    `${sizes.contributions}; ${sizes.cells}`,
    `"Projects": ${sizes.projects}`,
  ]);
  return { rows, oneChangeMs: one };
}

const DAYS_A_YEAR = 365;

/** Each list's first page over some scopes, and the history. */
async function benchTrends(sql: Sql): Promise<Row[]> {
  const ctx = engineContext(sql);
  const list = async (name: ListName, key: string) => {
    const query = { list: name, key, limit: 20, after: undefined };
    await readList(ctx, query);
    const before = await atWork(sql);
    const rounds = 10;
    for (let i = 0; i < rounds; i++) await readList(ctx, query);
    return ((await atWork(sql)) - before) / rounds;
  };
  const lists: Row[] = [];
  for (const name of Object.keys(LISTS) as ListName[]) {
    const all: number[] = [];
    for (const key of ['global', 'region:northern', 'region:unknown', 'facility:reservoir'])
      all.push(await list(name, key));
    const slowest = `slowest of its scopes ${ms(Math.max(...all))}`;
    lists.push([`20 projects of ${name}, time at work in the database: median`, ms(median(all)), slowest]);
  }
  await sql`TRUNCATE dashboard_stats.history`;
  const estimated = await timed(() => estimateHistory(ctx));
  await sql`TRUNCATE dashboard_stats.history`;
  await sql`UPDATE dashboard_stats.state SET local_date = local_date - 1`;
  await refresh(ctx);
  await sql`
    INSERT INTO dashboard_stats.history
    SELECT cache_key, day - n, estimated, paths_id, version, as_of, figures
    FROM dashboard_stats.history, generate_series(1, ${DAYS_A_YEAR - 1}) n`;
  await sql`VACUUM FULL dashboard_stats.history`;
  const [{ size, rows }] = await sql<[{ size: number; rows: number }]>`
    SELECT pg_total_relation_size('dashboard_stats.history')::float8 AS size, count(*)::integer AS rows
    FROM dashboard_stats.history`;
  await sql`DELETE FROM dashboard_stats.history WHERE day < (SELECT local_date - 1 FROM dashboard_stats.state)`;
  return [
    ...lists,
    ['estimates of 90 days of history', ms(estimated)],
    [
      'history of a year: bytes for each scope',
      `${Math.round((size / rows) * DAYS_A_YEAR).toLocaleString('en')}`,
    ],
  ];
}

const BULK = 100_000;

async function benchTriggers(sql: Sql, url: string): Promise<Row[]> {
  const rows: Row[] = [];
  const triggers = (state: 'ENABLE ALWAYS' | 'DISABLE') =>
    sql.unsafe(
      `ALTER TABLE "Projects" ${state} TRIGGER dashboard_stats_mark; TRUNCATE dashboard_stats.marks`,
    );
  const bulk = () =>
    sql.unsafe(`BEGIN; UPDATE "Projects" SET "Description" = 'x' WHERE ${SOME(BULK)}; ROLLBACK`);
  /** The median of what `measure` says with the triggers, over what it says without. */
  const ratio = async (pairs: number, measure: () => Promise<number>) => {
    const ratios: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const measured = { with: 0, without: 0 };
      // Who goes first changes, so that what drifts hits both.
      for (const which of pair % 2 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
        await triggers(which === 'with' ? 'ENABLE ALWAYS' : 'DISABLE');
        measured[which] = await measure();
      }
      ratios.push(measured.with / measured.without);
    }
    return times(median(ratios));
  };
  for (const [what, set] of Object.entries(CHANGES)) {
    const rate = await ratio(TRIGGER_PAIRS, () => updateRate(sql, url, set, TRIGGER_SECONDS));
    rows.push([`one-row UPDATE rate with the triggers, 8 clients: ${what}`, rate, 'of the rate without']);
  }
  const bulkRatio = await ratio(3, () => timed(bulk));
  rows.push([`${BULK.toLocaleString('en')}-row UPDATE with the triggers`, bulkRatio, 'of the time without']);
  await triggers('ENABLE ALWAYS');
  return rows;
}

const SCOPES_SIZE = 100_000;
const REGIONS = 1_000;
const FACILITIES = 50;

/** Many scopes: each project somewhere in a thousand regions and fifty facility types. */
async function benchScopes(sql: Sql): Promise<Row[]> {
  const ctx = engineContext(sql);
  const names = (table: string, name: string, title: string, n: number) =>
    sql.unsafe(
      `INSERT INTO "${table}" ("${name}", "${title}") SELECT 'n' || i, 'N ' || i FROM generate_series(1, ${n}) i`,
    );
  await names('ProjectRegions', 'RegionName', 'RegionDisplayName', REGIONS);
  await names('WaterFacilityTypes', 'FacilityTypeName', 'FacilityDisplayName', FACILITIES);
  await sql.unsafe(`
    UPDATE "Projects" SET "Region" = 'n' || (1 + floor(random() * ${REGIONS})), "FacilityType" = 'n' || (1 + floor(random() * ${FACILITIES}))`);
  await sql.unsafe('VACUUM ANALYZE');
  const scan = await timed(() => refresh(ctx));
  const build = await timed(() => buildCells(ctx));
  const everything = await timed(() => refresh(ctx));
  const { refreshMs, databaseMs } = await oneChange(sql);
  return [
    ['full scan; build of cells', `${ms(scan)}; ${ms(build)}`],
    ['every document from the cells, as after midnight', ms(everything)],
    [
      'refresh after one changed project: median; time at work in the database',
      `${ms(refreshMs)}; ${ms(databaseMs)}`,
    ],
  ];
}

/** Marks taken in 50 minutes at 200 changes/s. */
const DEAD_MARKS = 600_000;

/** While somebody holds a snapshot (a pg_dump), taken marks cannot be vacuumed away, and each poll and fold steps over them. */
async function benchOldSnapshot(sql: Sql, url: string): Promise<Row[]> {
  const holder = connect(url, { max: 1 });
  const poll = () => best(20, () => isPending(sql, 'Asia/Bangkok'));
  const measure = async () => [await poll(), (await oneChange(sql)).refreshMs] as const;
  const figures = ([asked, refreshed]: readonly [number, number]) => `${ms(asked)}; ${ms(refreshed)}`;
  const usual = await measure();
  await holder.unsafe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM "Projects" LIMIT 1');
  await sql.unsafe(`
    INSERT INTO dashboard_stats.marks SELECT gen_random_uuid() FROM generate_series(1, ${DEAD_MARKS});
    DELETE FROM dashboard_stats.marks`);
  const held = await measure();
  await holder.unsafe('COMMIT');
  await holder.end();
  await sql.unsafe('VACUUM dashboard_stats.marks');
  const after = await measure();
  return [
    ['poll; refresh after one changed project, without an old snapshot', figures(usual)],
    [
      `under one that saw ${DEAD_MARKS.toLocaleString('en')} marks taken`,
      figures(held),
      `${times(held[0] / usual[0])}; ${times(held[1] / usual[1])}`,
    ],
    ['after it was let go, and vacuum', figures(after)],
  ];
}

const BACKLOG = 200_000;

async function benchBacklog(sql: Sql): Promise<Row[]> {
  await refresh(engineContext(sql), { force: true });
  await buildCells(engineContext(sql));
  await sql.unsafe(`UPDATE "Projects" SET "FtsValue" = coalesce("FtsValue", 0) + 1 WHERE ${SOME(BACKLOG)}`);
  const shown = await timed(() => refresh(engineContext(sql)));
  const built = await timed(async () => {
    await buildCells(engineContext(sql));
    await refresh(engineContext(sql));
  });
  return [
    [`backlog of ${BACKLOG.toLocaleString('en')} marks: documents exact after`, ms(shown)],
    ['... and folding again after', ms(shown + built)],
  ];
}

function print(title: string, rows: Row[]): void {
  process.stdout.write(`\n${title}\n\n| | | |\n|---|---|---|\n`);
  for (const [what, figure, beside = ''] of rows)
    process.stdout.write(`| ${what} | ${figure} | ${beside} |\n`);
}

const server = await startBenchServer();
try {
  const admin = connect(server.url, { max: 1 });
  const ones: number[] = [];
  for (const size of SIZES) {
    const { sql, url, version } = await fillDatabase(server.url, `bench_${size}`, size);
    const { rows, oneChangeMs } = await benchSize(sql, size);
    ones.push(oneChangeMs);
    print(`${size.toLocaleString('en')} projects, PostgreSQL ${version}`, rows);
    if (size === Math.max(...SIZES)) {
      if (size >= BACKLOG * 2) print('Backlog', await benchBacklog(sql));
      print('An old snapshot', await benchOldSnapshot(sql, url));
      if (size >= BULK) print('Triggers', await benchTriggers(sql, url));
    }
    await sql.end();
    await admin.unsafe(`DROP DATABASE bench_${size}`);
  }
  if (SIZES.includes(SCOPES_SIZE)) {
    const { sql } = await fillDatabase(server.url, 'bench_scopes', SCOPES_SIZE);
    print(
      `${REGIONS.toLocaleString('en')} regions and ${FACILITIES} facility types, ${SCOPES_SIZE.toLocaleString('en')} projects`,
      await benchScopes(sql),
    );
    await sql.end();
  }
  if (ones.length > 1) {
    const ratio = (ones.at(-1) ?? 0) / (ones[0] ?? 1);
    print('One change', [[`at ${SIZES.at(-1)} projects beside ${SIZES[0]}`, times(ratio)]]);
  }
  await admin.end();
} finally {
  await server.stop();
}
