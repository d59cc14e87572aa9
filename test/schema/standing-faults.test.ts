/**
 * Things that exist already but differ: preflight names them with the statement that repairs them, and migrate refuses them
 * or says what it left, by the comparison of verify. Nothing that verify would call wrong comes as a surprise.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { verify } from '../../src/schema/verify.ts';
import { fingerprint } from '../support/sql/catalog.ts';
import { eachTestGets20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const { sql } = eachTestGets20();

const named = (checks: { name: string; status: string }[]) =>
  checks.filter(({ status }) => status === 'failed').map(({ name }) => name);

/** What differs, and the names of the checks. */
type Difference = [statement: string, names: string[]];

const LEFT: Difference[] = [
  ['CREATE INDEX "IX_Projects_Region" ON "Projects" ("Team")', ['index IX_Projects_Region']],
  ['CREATE INDEX "IX_UserConnections_UserId" ON "Users" ("UserId")', ['index IX_UserConnections_UserId']],
  [
    'ALTER TABLE "Projects" ADD COLUMN "CompletionPercentage" numeric(5,2), ADD COLUMN "RealTimeEnabled" boolean',
    ['column Projects.CompletionPercentage', 'column Projects.RealTimeEnabled'],
  ],
  ['ALTER TABLE "Projects" ADD COLUMN "Version" integer NOT NULL DEFAULT 7', ['column Projects.Version']],
];

const LEFT_IN_21: Difference[] = [
  [
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"IX_Projects_Region"'::regclass`,
    ['index IX_Projects_Region'],
  ],
  [
    'ALTER TABLE "RealTimeEventsLog" DROP CONSTRAINT "RealTimeEventsLog_pkey"',
    ['primary key of RealTimeEventsLog'],
  ],
  ['ALTER TABLE "UserConnections" ALTER "IpAddress" SET NOT NULL', ['column UserConnections.IpAddress']],
  [
    `UPDATE "ProjectRegions" SET "Provinces" = '["น่าน"]' WHERE "RegionName" = 'northern'`,
    ['seed row ProjectRegions.northern'],
  ],
];

const REFUSED_IN_21: Difference[] = [
  [
    'CREATE INDEX "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")',
    ['index UX_DashboardStatsCache_CacheKey'],
  ],
  [
    'ALTER TABLE "ProjectRegions" DROP CONSTRAINT "ProjectRegions_pkey" CASCADE',
    ['primary key of ProjectRegions'],
  ],
  [
    `DELETE FROM "ProjectRegions"; ALTER TABLE "ProjectRegions" ALTER "BoundingBox" SET NOT NULL`,
    ['column ProjectRegions.BoundingBox'],
  ],
  [
    `INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt")
     SELECT 'project:1', 'global', now() FROM generate_series(1, 2)`,
    ['cache keys'],
  ],
];

const REPAIRED_IN_21 = [
  'ALTER TABLE "DashboardStatsCache" ALTER "Version" DROP DEFAULT; ALTER TABLE "Projects" ALTER "Inverter60kw" SET DEFAULT 5',
  'DROP INDEX "IX_Projects_Region"; DELETE FROM "SignalRGroups"; DROP TABLE "RealTimeEventsLog"',
  `ALTER TABLE "ProjectStatusHistory" DROP CONSTRAINT "FK_ProjectStatusHistory_Projects_ProjectId"`,
  'ALTER TABLE "ProjectStatusHistory" ALTER "ChangedByUserId" SET NOT NULL',
  `CREATE UNIQUE INDEX "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")
   WHERE "CacheType" IN ('global', 'regional', 'facility')`,
];

const check = () => preflight(sql, files, { now: Date.now() });

describe.each([
  ['2.0', LEFT],
  ["the guide's 2.1", LEFT_IN_21],
] as const)('what differs in a database of %s', (state, differences) => {
  const names = differences.flatMap(([, one]) => one).sort();
  beforeEach(async () => {
    if (state !== '2.0') await install21ByTheGuide(sql);
    for (const [statement] of differences) await sql.unsafe(statement);
  });

  it('is named before the migration as verify names it after', async () => {
    expect(named(await check()).sort()).toEqual(names);
    await migrate(sql, files);
    expect(named(await verify(sql, files)).sort()).toEqual(names);
  });

  it('is right after the migration where the statements of preflight were run before', async () => {
    for (const { status, sql: repair } of await check())
      if (status === 'failed') await sql.unsafe(repair ?? '');
    await migrate(sql, files);
    expect(named(await verify(sql, files))).toEqual([]);
  });
});

describe('what a later step or the service would fail at', () => {
  it.each(REFUSED_IN_21)('%s is named, and refused before the first step', async (statement, names) => {
    await install21ByTheGuide(sql);
    await sql.unsafe(statement);
    expect(named(await check())).toEqual(names);
    const before = await fingerprint(sql);
    await expect(migrate(sql, files)).rejects.toMatchObject({
      name: 'MigrationError',
      message: expect.stringContaining(`\n  ${names[0]}: `),
    });
    expect(await fingerprint(sql)).toEqual(before);
  });
});

it('what the migration repairs is not named', async () => {
  await install21ByTheGuide(sql);
  for (const statement of REPAIRED_IN_21) await sql.unsafe(statement);
  expect(named(await check())).toEqual([]);
  await migrate(sql, files);
  expect(named(await verify(sql, files))).toEqual([]);
});
