/** Cells are built beside the refreshes: no document stands still meanwhile, and no mark gets lost. */
import { beforeEach, expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { audit } from '../../src/engine/audit.ts';
import { buildCells } from '../../src/engine/build.ts';
import { type RefreshOptions, refresh } from '../../src/engine/refresh.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { whileBuilding as holdUp, tableInUse } from '../support/sql/cells.ts';

const database = eachTestGets('migrated');
const { sql } = database;
beforeEach(() => seedDemo(sql, { projects: 100, seed: 1 }));

const context = () => engineContext(sql);
const run = (options?: RefreshOptions) => refresh(context(), options);
const total = async () => {
  const [row] = await sql<[{ total: number }]>`
    SELECT ("Statistics" -> 'totalProjects')::integer AS total FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`;
  return row.total;
};
const deleteOne = () => sql`
  DELETE FROM "Projects" WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY 1 LIMIT 1)`;

const whileBuilding = (meanwhile: () => Promise<unknown>) =>
  holdUp(database, () => buildCells(context()), meanwhile);
const tables = async () => {
  const rows = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'dashboard_stats'::regnamespace AND relkind = 'r' AND relname ~ '_[0-9]+$' ORDER BY 1`;
  return rows.map(({ name }) => name);
};
const CLEAN = { projects: [], documents: [], leftOut: 0 };

test('the first refresh scans, and the ones after a build fold', async () => {
  expect(await run()).toMatchObject({ outcome: 'done', scanned: true });
  expect(await buildCells(context())).toBe(true);
  expect(await buildCells(context())).toBe(false);
  await deleteOne();
  expect(await run()).toMatchObject({ outcome: 'done', marks: expect.any(Number), scanned: false });
  expect(await total()).toBe(99);
});

test('a change after the last scan that only the build has seen is in the documents after the next refresh', async () => {
  await run();
  await deleteOne();
  expect(await buildCells(context())).toBe(true);
  expect(await run()).toMatchObject({ scanned: false });
  expect(await total()).toBe(99);
});

test('changes during a build are in the documents at once, and in the cells after it', async () => {
  await run();
  const built = await whileBuilding(async () => {
    await deleteOne();
    expect(await run()).toMatchObject({ outcome: 'done', scanned: true });
    expect(await total()).toBe(99);
    expect(await buildCells(context())).toBe(false);
  });
  expect(built).toBe(true);
  expect(await run()).toMatchObject({ scanned: false });
  expect(await total()).toBe(99);
  expect(await audit(context())).toEqual(CLEAN);
});

test('cells count what has become overdue since their day, also those put to use on a later day than they were built for', async () => {
  await sql`UPDATE "Projects" SET "Status" = 1, "EstimatedEndDate" = now() + random() * 10 * INTERVAL '1 day'`;
  await run();
  const days = (n: number) => sql`UPDATE dashboard_stats.state SET as_of = as_of + ${n} * INTERVAL '1 day'`;
  const scansOfTheNextDay = async () => {
    await days(1);
    expect(await run()).toMatchObject({ scanned: true });
  };
  expect(await whileBuilding(scansOfTheNextDay)).toBe(true);
  expect(await run()).toMatchObject({ scanned: false });
  expect(await audit(context())).toEqual(CLEAN);
  for (const later of [1, 5]) {
    await days(later);
    await deleteOne();
    expect(await run()).toMatchObject({ scanned: false });
    expect(await audit(context())).toEqual(CLEAN);
  }
});

test('the local date never goes back, though a zone sets its clocks back over midnight', async () => {
  await run();
  await buildCells(context());
  // As in St. John's on 7 November 2010: 00:01 was followed by 23:01 of the day before.
  await sql`UPDATE dashboard_stats.state SET local_date = local_date + 1`;
  await deleteOne();
  await run();
  const [state] = await sql`
    SELECT local_date - (as_of AT TIME ZONE time_zone)::date AS ahead, cells_day = local_date AS folded FROM dashboard_stats.state`;
  expect(state).toEqual({ ahead: 1, folded: true });
  await expectOracleAgrees(sql);
  expect(await audit(context())).toMatchObject(CLEAN);
});

test('a build counts for nothing where a full recompute came in between', async () => {
  await run();
  expect(await whileBuilding(() => run({ force: true, full: true }))).toBe(false);
  expect(await sql`SELECT generation, building FROM dashboard_stats.state`).toEqual([
    { generation: 0, building: false },
  ]);
  expect(await buildCells(context())).toBe(true);
});

test('TRUNCATE during a build has everything built again', async () => {
  await run();
  const built = await whileBuilding(async () => {
    await sql`TRUNCATE "ProjectActivityFeed"`;
    expect(await run()).toMatchObject({ scanned: true });
  });
  expect(built).toBe(false);
  expect(await buildCells(context())).toBe(true);
  await run();
  expect(await audit(context())).toEqual(CLEAN);
});

test('a build whose connection is killed leaves no table behind, and nothing that keeps the next one away', async () => {
  await run();
  const built = await whileBuilding(
    () => sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  );
  expect(built).toBeInstanceOf(Error);
  expect(await tables()).toEqual([]);
  await deleteOne();
  await run();
  expect(await buildCells(context())).toBe(true);
  expect(await run()).toMatchObject({ scanned: false });
  expect(await audit(context())).toEqual(CLEAN);
});

test('a region that is renamed or a facility type that is switched off changes documents without a scan', async () => {
  await run();
  await buildCells(context());
  await sql`UPDATE "ProjectRegions" SET "RegionName" = 'of the north' WHERE "RegionName" = 'northern'`;
  await sql`UPDATE "WaterFacilityTypes" SET "IsActive" = false WHERE "FacilityTypeName" = 'reservoir'`;
  const { scanned, items } = await run();
  expect(scanned).toBe(false);
  expect(items.map(({ key }) => key)).toContain('region:of the north');
  expect(items.map(({ key }) => key)).not.toContain('facility:reservoir');
  expect(await audit(context())).toEqual(CLEAN);
});

test('a build drops the tables of earlier ones, but those that somebody reads are left to the next build', async () => {
  await run();
  await buildCells(context());
  const first = await tables();
  expect(first).toEqual([
    'authorities_1',
    'breakdowns_1',
    'contributions_1',
    'days_1',
    'places_1',
    'provinces_1',
    'totals_1',
  ]);
  const rebuild = async () => {
    await run({ force: true, full: true });
    expect(await buildCells(context())).toBe(true);
  };
  const reader = await sql.reserve();
  await reader.unsafe(`BEGIN; SELECT FROM ${await tableInUse(sql, 'days')} LIMIT 1`);
  await rebuild();
  expect((await tables()).filter((name) => name.endsWith('_1'))).toEqual(['days_1']);
  await reader`COMMIT`;
  reader.release();
  await rebuild();
  expect(await tables()).toEqual(first.map((name) => name.replace('_1', '_3')));
});
