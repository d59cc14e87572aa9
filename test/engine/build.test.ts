/** Cells are built beside the refreshes: no document stands still meanwhile, and nothing that is marked gets lost. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { audit } from '../../src/engine/audit.ts';
import { buildCells } from '../../src/engine/build.ts';
import { type RefreshOptions, refresh } from '../../src/engine/refresh.ts';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';

let database: TestDatabase;
let sql: TestDatabase['sql'];
beforeEach(async () => {
  database = await createDatabase();
  sql = database.sql;
  await seedDemo(sql, { projects: 100, seed: 1 });
});
afterEach(() => database.drop());

const context = () => ({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'incremental' as const });
const run = (options?: RefreshOptions) => refresh(context(), options);
const total = async () => {
  const [row] = await sql<[{ total: number }]>`
    SELECT ("Statistics" -> 'totalProjects')::integer AS total FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`;
  return row.total;
};
const deleteOne = () => sql`
  DELETE FROM "Projects" WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY 1 LIMIT 1)`;

/** Whoever reads the tables of cells, as a dump does, holds up a build for as long as `meanwhile` takes. */
async function whileBuilding(meanwhile: () => Promise<unknown>): Promise<boolean | Error> {
  const holder = connect(database.url, { max: 1 });
  await holder`BEGIN`;
  await holder`LOCK TABLE dashboard_stats.totals_1, dashboard_stats.totals_2 IN SHARE MODE`;
  const built = buildCells(context()).catch((error: Error) => error);
  await expect
    .poll(
      () => sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    .toHaveLength(1);
  await meanwhile();
  await holder`COMMIT`;
  await holder.end();
  return built;
}

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
  expect(await audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
});

test('a build that a full recompute overtook counts for nothing', async () => {
  await run();
  expect(await whileBuilding(() => run({ force: true, full: true }))).toBe(false);
  expect(await sql`SELECT generation, building FROM dashboard_stats.state`).toEqual([
    { generation: 0, building: false },
  ]);
  expect(await buildCells(context())).toBe(true);
});

test('TRUNCATE during a build has everything made anew', async () => {
  await run();
  await whileBuilding(async () => {
    await sql`TRUNCATE "ProjectActivityFeed"`;
    await run();
  });
  expect(await run()).toMatchObject({ scanned: true });
  expect(await buildCells(context())).toBe(true);
  await run();
  expect(await audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
});

test('a build whose connection is killed leaves nothing behind that keeps the next from it', async () => {
  await run();
  const built = await whileBuilding(
    () => sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  );
  expect(built).toBeInstanceOf(Error);
  await deleteOne();
  await run();
  expect(await buildCells(context())).toBe(true);
  expect(await run()).toMatchObject({ scanned: false });
  expect(await audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
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
  expect(await audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
});
