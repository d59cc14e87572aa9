/** G8 and docs/reference.md: an application without rights on our tables writes whatever its columns hold, and it counts. */
import { beforeEach, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { applyEdit } from '../support/histories/edits.ts';
import { widen } from '../support/histories/widen.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { allTestsGet } from '../support/servers/database.ts';
import { asApplication } from '../support/servers/role.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';

const database = allTestsGet('migrated', widen);
const { sql } = database;
beforeEach(() => sql`DELETE FROM "Projects"`);

/** The application's connections while `use` runs. */
const asItself = (use: (one: Sql, other: Sql) => Promise<void>) =>
  asApplication(database, async (url) => {
    const [one, other] = [connect(url, { max: 1 }), connect(url, { max: 1 })];
    try {
      await use(one, other);
    } finally {
      await Promise.all([one.end(), other.end()]);
    }
  });
const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const insert = (theirs: Sql, rows: Record<string, string>[]) =>
  applyEdit(theirs, {
    do: 'insert',
    table: 'Projects',
    rows: rows.map((row, n) => ({
      ...{ ProjectId: idOf(n), Status: '1', StartDate: '2020-01-01', CompletionPercentage: '0' },
      ...row,
    })),
  });
/** A figure after a refresh, as text; both engines agree on all of them. */
async function figure(path: string, key = 'global'): Promise<string | null | undefined> {
  await refresh(engineContext(sql));
  await expectOracleAgrees(sql);
  const [row] = await sql<{ figure: string | null }[]>`
    SELECT "Statistics" #>> ${path.split('.')} AS figure FROM "DashboardStatsCache" WHERE "CacheKey" = ${key}`;
  return row?.figure;
}

const TOO_LATE = '294276-12-31 23:59:59.999999+00';
test.each<[string, Record<string, string>[], string, string | null]>([
  [
    'negative amounts are subtracted',
    [{ TotalCapacityKw: '-5.25' }, { TotalCapacityKw: '2' }],
    'capacity.totalKw',
    '-3.25',
  ],
  ['NaN counts as 0', [{ TotalCapacityKw: 'NaN' }, { TotalCapacityKw: '2' }], 'capacity.totalKw', '2'],
  [
    'infinity counts as 0',
    [{ TotalCapacityKw: 'Infinity' }, { TotalCapacityKw: '-Infinity' }],
    'capacity.totalKw',
    '0',
  ],
  [
    'integers sum beyond their type',
    [{ PvModuleCount: '9223372036854775807' }, { PvModuleCount: '9223372036854775807' }],
    'capacity.pvModules',
    '18446744073709551614',
  ],
  [
    'a product goes beyond it',
    [{ Inverter125kw: '9223372036854775807' }],
    'capacity.inverters.totalKw',
    '1152921504606846975875',
  ],
  ['a status that is none is unknown', [{ Status: '99' }, { Status: '-1' }], 'statusBreakdown.unknown', '2'],
  [
    'a percentage may be any',
    [{ CompletionPercentage: '250' }, { CompletionPercentage: '-50' }],
    'completionHistogram.9',
    '1',
  ],
  ['infinitely late is no date', [{ EstimatedEndDate: '-infinity' }], 'schedule.overdue', '0'],
  ['infinitely active is no date', [{ LastActivityAt: 'infinity' }], 'activity.lastActivityDate', null],
  [
    'the last year that PostgreSQL knows is none',
    [{ Status: '2', ActualEndDate: TOO_LATE, EstimatedEndDate: TOO_LATE }],
    'schedule.completedOnTime',
    '0',
  ],
  [
    'a region of emoji that nobody knows',
    [{ Region: '🏝️🏝️' }],
    'breakdown.regions',
    expect.stringContaining('"unknown", "total": 1'),
  ],
])('%s', async (_, rows, path, expected) => {
  await asItself(async (theirs) => {
    expect(await insert(theirs, rows)).toBe(rows.length);
    expect(await figure(path)).toEqual(expected);
    // Taken out again as it was put in: nothing odd stays in a sum.
    await theirs`DELETE FROM "Projects"`;
    await insert(theirs, [{ TotalCapacityKw: '1', PvModuleCount: '1', CompletionPercentage: '1' }]);
    expect(await figure('capacity.totalKw')).toBe('1');
    expect(await figure('averageCompletion')).toBe('1');
  });
});

test('a region of emoji is a scope as any other', async () => {
  await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('🏝️', 'Islands')`;
  await asItself(async (theirs) => {
    await insert(theirs, [{ Region: '🏝️' }]);
    expect(await figure('totalProjects', 'region:🏝️')).toBe('1');
  });
});

test('a mean does not depend on how long the numbers were that are no longer in it', async () => {
  await asItself(async (theirs) => {
    await insert(theirs, [{ CompletionPercentage: '1e-30' }, { CompletionPercentage: '-2e30' }, {}]);
    await figure('averageCompletion');
    await theirs`UPDATE "Projects" SET "CompletionPercentage" = 0 WHERE "ProjectId" = ${idOf(0)}`;
    expect(await figure('averageCompletion')).toBe('-666666666666666666666666666666.67');
  });
});

test('two transactions that change projects of two regions in opposite order wait for nobody, nor does a refresh', async () => {
  const regions = ['northern', 'western', 'western', 'northern'];
  await asItself(async (one, other) => {
    await insert(
      one,
      regions.map((Region) => ({ Region })),
    );
    await refresh(engineContext(sql));
    const change = (theirs: Sql, n: number) =>
      theirs`UPDATE "Projects" SET "PvModuleCount" = 7 WHERE "ProjectId" = ${idOf(n)}`;
    for (const theirs of [one, other]) await theirs`BEGIN`.simple();
    await change(one, 0);
    await change(other, 2);
    await change(one, 1);
    expect(await refresh(engineContext(sql))).toMatchObject({ outcome: 'idle' });
    await change(other, 3);
    await one`COMMIT`.simple();
    expect(await figure('capacity.pvModules')).toBe('14');
    await other`COMMIT`.simple();
    expect(await figure('capacity.pvModules')).toBe('28');
  });
});

test('projects of a facility type named unassigned come before those of none, however the figures were joined', async () => {
  await sql`INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName") VALUES ('unassigned', 'x')`;
  await asItself(async (theirs) => {
    const facilities = ['unassigned', 'unassigned', 'nope', 'nope', 'nope'];
    await insert(
      theirs,
      facilities.map((FacilityType) => ({ Region: 'northern', FacilityType })),
    );
  });
  const totals = async () => {
    const items = JSON.parse((await figure('breakdown.facilities', 'region:northern')) ?? '[]');
    return items.flatMap((one: { name: string; total: number }) =>
      one.name === 'unassigned' ? [one.total] : [],
    );
  };
  for (let more = 0; more < 8; more++) {
    expect(await totals()).toEqual([2, 3]);
    await sql`INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName") VALUES (${`m${more}`}, 'x')`;
  }
  await sql`DELETE FROM "WaterFacilityTypes" WHERE "FacilityDisplayName" = 'x'`;
});

test('projects count for the authority that they or their facility type have now', async () => {
  const authorities = async (key = 'global') => {
    const items: { name: string; total: number }[] = JSON.parse(
      (await figure('breakdown.authorities', key)) ?? '',
    );
    return items.map(({ name, total }) => `${name} ${total}`);
  };
  const reservoirs = (set: Record<string, string | boolean>) =>
    sql`UPDATE "WaterFacilityTypes" SET ${sql(set)} WHERE "FacilityTypeName" ILIKE 'reservoir'`;
  await putCellsToUse(engineContext(sql));
  await asItself(async (theirs) => {
    const own = [' MWA ', '', '  ', 'unassigned', 'facility:reservoir', 'name:x'];
    const reservoir = own.map((WaterAuthority) => ({ FacilityType: 'Reservoir', WaterAuthority }));
    await insert(theirs, [...reservoir, { FacilityType: 'none', WaterAuthority: '' }]);
    await reservoirs({ Authority: ' PWA' });
    const named = ['MWA 1', 'PWA 2'];
    const odd = ['facility:reservoir 1', 'name:x 1'];
    expect(await authorities()).toEqual([...named, ...odd, 'unassigned 2']);
    expect(await authorities('facility:reservoir')).toEqual([...named, ...odd, 'unassigned 1']);
    await reservoirs({ Authority: 'MWA', FacilityTypeName: 'RESERVOIR' });
    expect(await authorities('facility:RESERVOIR')).toEqual(['MWA 3', ...odd, 'unassigned 1']);
    await reservoirs({ IsActive: false });
    expect(await authorities()).toEqual(['MWA 1', ...odd, 'unassigned 4']);
    await reservoirs({ IsActive: true, FacilityTypeName: 'reservoir' });
    await theirs`UPDATE "Projects" SET "WaterAuthority" = NULL`;
    expect(await authorities('region:unknown')).toEqual(['MWA 6', 'unassigned 1']);
  });
});

test('without our schema the tables are the application’s own again, and it writes on', async () => {
  await asItself(async (theirs) => {
    await insert(theirs, [{}]);
    await sql`DROP SCHEMA dashboard_stats CASCADE`;
    await theirs`UPDATE "Projects" SET "PvModuleCount" = 7`;
    await theirs`TRUNCATE "ProjectStatusHistory"`;
    expect(await sql`SELECT FROM pg_trigger WHERE NOT tgisinternal`).toHaveLength(0);
  });
});
