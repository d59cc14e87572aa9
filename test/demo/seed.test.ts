import { describe, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { type DemoCounts, seedDemo } from '../../src/demo/seed.ts';
import { STATUS_NAMES } from '../../src/demo/words.ts';
import { DemoRefusedError } from '../../src/errors.ts';
import { allTestsGet, databaseForTest, eachTestGets } from '../support/servers/database.ts';

/** Dates are counted from here, so that a test which runs over midnight sees one day only. */
const today = '2026-11-22';
const database = eachTestGets('migrated');
const { sql } = database;

/** How many rows there are of each kind that a demo writes, and a hash over all their columns. */
const fingerprint = (db: Sql): Promise<Record<string, string>> =>
  db.begin(async (tx) => {
    await tx`SET LOCAL TimeZone = 'UTC'`;
    const hashes: Record<string, string> = {};
    for (const table of ['Roles', 'Users', 'Projects', 'ProjectActivityFeed', 'ProjectStatusHistory']) {
      const [row] = await tx`
        SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")), '') AS hash
        FROM (SELECT * FROM ${tx(table)}) AS t`;
      // A user's CreatedAt is when the demo ran.
      hashes[table] = table === 'Users' ? String(row?.['hash']).split(' ')[0] : row?.['hash'];
    }
    return hashes;
  }) as Promise<Record<string, string>>;

/** Indexes, constraints and triggers, as the catalogue describes them. */
const upkeep = (db: Sql) => db`
  SELECT indexdef AS thing FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated::text FROM pg_constraint
  UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
  ORDER BY thing`;

/** How many projects a condition holds for. */
async function count(condition: string, db = sql): Promise<number> {
  const day = (column: string) => `("${column}" AT TIME ZONE 'Asia/Bangkok')::date - date '${today}'`;
  const [row] = await db.unsafe(`
    SELECT count(*) FROM (
      SELECT *, ${day('StartDate')} AS starts_in, ${day('EstimatedEndDate')} AS due_in,
        ${day('ActualEndDate')} AS ended_in, ${day('LastActivityAt')} AS active_in
      FROM "Projects"
    ) AS project WHERE ${condition}`);
  return row?.['count'];
}

const valuesOf = async (db: Sql, column: string) =>
  (await db`SELECT DISTINCT ${db(column)} AS value FROM "Projects"`).map((row) => row['value']);

const REGIONS = ['northern', 'western', 'central', 'northeastern', 'eastern', 'southern', 'unknown'];
const FACILITIES = [
  'water_treatment',
  'pumping_station',
  'reservoir',
  'distribution_center',
  'solar_installation',
];

describe('a demo is decided by projects, seed and day', () => {
  test('the same three give the same rows in another database, whatever its time zone', async () => {
    const other = await databaseForTest();
    const [name] = await other.sql`SELECT current_database() AS name`;
    await other.sql`ALTER DATABASE ${other.sql(name?.['name'])} SET TimeZone = 'America/New_York'`;
    const elsewhere = connect(other.url, { max: 1 });
    await seedDemo(sql, { projects: 1000, seed: 7, today });
    await seedDemo(elsewhere, { projects: 1000, seed: 7, today });
    await elsewhere.end();
    const rows = await fingerprint(sql);
    expect(rows['Projects']).toMatch(/^1000 /);
    expect(await fingerprint(other.sql)).toEqual(rows);
    const users = (db: Sql) =>
      db`SELECT "UserId", "Username", "FullName", "RoleId" FROM "Users" ORDER BY "UserId"`;
    expect(await users(other.sql)).toEqual(await users(sql));
  });

  test('another seed gives other projects', async () => {
    const other = await databaseForTest();
    await seedDemo(sql, { projects: 200, seed: 7, today });
    await seedDemo(other.sql, { projects: 200, seed: 8, today });
    const ids = (db: Sql) => db`SELECT "ProjectId" AS id FROM "Projects"`;
    const first = new Set((await ids(sql)).map((row) => row['id']));
    expect((await ids(other.sql)).filter((row) => first.has(row['id']))).toEqual([]);
    const names = (db: Sql) =>
      db`SELECT "ProjectName", "TotalCapacityKw" FROM "Projects" ORDER BY "ProjectId"`;
    expect(await names(other.sql)).not.toEqual(await names(sql));
  });
});

describe('what a demo holds', () => {
  test('100 projects have each kind of odd row', async () => {
    await seedDemo(sql, { projects: 100, seed: 7, today });
    for (const condition of ODD) expect(await count(condition), condition).toBeGreaterThan(0);
  });

  test('what has happened is past, also where the demo is made a minute after midnight', async () => {
    const minuteAfter = `'2026-11-21 17:01:00+00'::timestamptz`;
    await sql.unsafe(
      `CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT ${minuteAfter} $$`,
    );
    const early = connect(database.url, { max: 1 });
    await early`SET search_path = public, pg_catalog`;
    await seedDemo(early, { projects: 1000, seed: 1 });
    await early.end();
    const [latest] = await sql.unsafe(`
      SELECT (SELECT max("CreatedAt") <= ${minuteAfter} FROM "ProjectActivityFeed") AS activity,
        (SELECT max("ChangedAt") <= ${minuteAfter} FROM "ProjectStatusHistory") AS status, project.*
      FROM (
        SELECT max("CreatedAt") <= ${minuteAfter} AS created, max("UpdatedAt") <= ${minuteAfter} AS updated,
          max("LastActivityAt") <= ${minuteAfter} AS active, max("LastStatusChange") <= ${minuteAfter} AS changed,
          max("ActualEndDate") <= ${minuteAfter} AS ended
        FROM "Projects"
      ) AS project`);
    expect(Object.entries(latest ?? {}).filter(([, isPast]) => !isPast)).toEqual([]);
  });

  test('50 projects have every status, region and facility type, with any seed', async () => {
    for (const seed of [0, 1, -5, Number.MAX_SAFE_INTEGER]) {
      const { sql: db } = await databaseForTest();
      await seedDemo(db, { projects: 50, seed, today });
      expect((await valuesOf(db, 'Status')).sort()).toEqual([0, 1, 2, 3, 4]);
      expect((await valuesOf(db, 'Region')).filter((value) => value !== null).sort()).toEqual(
        REGIONS.toSorted(),
      );
      expect((await valuesOf(db, 'FacilityType')).sort()).toEqual(FACILITIES.toSorted());
    }
  });

  test('provinces that a region lists already stay where they are', async () => {
    await sql`UPDATE "ProjectRegions" SET "Provinces" = "Provinces" || '["ตราด", "ภูเก็ต"]' WHERE "RegionName" = 'northern'`;
    await sql`UPDATE "ProjectRegions" SET "RegionName" = 'Western', "IsActive" = false WHERE "RegionName" = 'western'`;
    await seedDemo(sql, { projects: 1, seed: 1, today });
    const regions = await sql`SELECT "RegionName" AS name, "Provinces" AS provinces FROM "ProjectRegions"`;
    const provinces = Object.fromEntries(regions.map((row) => [row['name'], row['provinces']]));
    expect(Object.keys(provinces).length).toBe(7);
    expect(provinces['northern'].slice(-3)).toEqual(['ตราด', 'ภูเก็ต', 'แม่ฮ่องสอน']);
    expect(provinces['Western']).toEqual(['ตาก']);
    expect(provinces['eastern']).toHaveLength(5);
    const all = Object.values(provinces).flat();
    expect(new Set(all).size).toBe(all.length);
  });

  test('where Status is text it holds the names of the same statuses', async () => {
    const { sql: text } = await databaseForTest();
    await text`DROP INDEX "IX_Projects_Status"`;
    await text`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text USING "Status"::text`;
    await seedDemo(sql, { projects: 200, seed: 7, today });
    await seedDemo(text, { projects: 200, seed: 7, today });
    const statuses = (db: Sql) => db`SELECT "Status" AS status FROM "Projects" ORDER BY "ProjectId"`;
    const names = (await statuses(sql)).map((row) => STATUS_NAMES[row['status']]);
    expect((await statuses(text)).map((row) => row['status'])).toEqual(names);
    const histories = await Promise.all([fingerprint(sql), fingerprint(text)]);
    expect(histories[1]?.['ProjectStatusHistory']).toBe(histories[0]?.['ProjectStatusHistory']);
  });
});

/** Conditions on rows that real databases have. */
const ODD = [
  '"Region" IS NULL AND "ProjectId"::text LIKE \'00000000-0019-%\'',
  ...['"Province" IS NULL', '"FacilityType" IS NULL', '"ProjectManagerId" IS NULL'],
  `"Region" ~ '^[A-Z]+$'`,
  ...[`"Region" = 'isan'`, `"FacilityType" ~ '[A-Z]'`, `"FacilityType" = 'desalination_plant'`],
  ...[`"Province" ~ '[A-Z]'`, `"Province" = 'สุวรรณภูมิ'`],
  `"ProjectName" LIKE $$%'ใหม่' "พิเศษ" C:\\\\solar ☀️🚰$$`,
  `num_nonnulls("TotalCapacityKw", "PvModuleCount", "Inverter125kw", "Inverter80kw", "Inverter60kw",
      "Inverter40kw", "FtsValue", "RevenueValue", "PqmValue", "Budget") = 0`,
  '"EstimatedEndDate" < "StartDate"',
  '"Latitude" IS NULL AND "Longitude" IS NULL',
  '"Latitude" IS NOT NULL AND "Longitude" IS NULL',
  '"EstimatedEndDate" IS NULL AND "LastActivityAt" IS NULL',
  '"Status" = 2 AND "ActualEndDate" IS NULL AND "EstimatedEndDate" IS NOT NULL',
];

describe('a demo of 1,000 projects', () => {
  let counts: DemoCounts;
  const { sql } = allTestsGet('migrated', async (sql) => {
    counts = await seedDemo(sql, { projects: 1000, seed: 1, today });
  });
  const countHere = (condition: string) => count(condition, sql);

  test('regions and provinces agree with the regions’ lists', async () => {
    const [row] = await sql`
      SELECT count(*) FILTER (WHERE "Provinces" ? "Province") AS listed,
        count(*) FILTER (WHERE "RegionName" <> 'unknown' AND NOT "Provinces" ? "Province") AS wrong,
        count(*) FILTER (WHERE "RegionName" = 'unknown' AND EXISTS (
          SELECT FROM "ProjectRegions" AS other WHERE other."Provinces" ? "Province")) AS missed
      FROM "Projects" JOIN "ProjectRegions" ON "RegionName" = "Region"`;
    expect(row?.['listed']).toBeGreaterThan(600);
    expect(row?.['missed']).toBe(0);
    // The odd ones: a province in English and one that is none.
    expect(row?.['wrong']).toBeLessThanOrEqual(2);
  });

  test('dates and completion agree with the status, and every figure has something to count', async () => {
    const open = '"Status" IN (0, 1, 3)';
    const never = [
      '"Status" = 2 AND "CompletionPercentage" <> 100',
      '"Status" <> 2 AND ("CompletionPercentage" > 99 OR "ActualEndDate" IS NOT NULL)',
      '"Status" = 0 AND "CompletionPercentage" <> 0',
      '"Status" = 1 AND (starts_in > 0 OR "CompletionPercentage" = 0)',
      'ended_in > 0 OR "ActualEndDate" < "StartDate"',
      '"CreatedAt" > "StartDate" OR "CreatedAt" > "LastActivityAt"',
      'active_in < -60',
    ];
    const often = [
      `${open} AND due_in < 0`,
      '"Status" = 1 AND due_in < 0 AND "CompletionPercentage" < 70',
      '"Status" = 1 AND due_in < 0 AND "CompletionPercentage" >= 70',
      `${open} AND due_in BETWEEN 0 AND 29`,
      '"Status" = 0 AND starts_in BETWEEN 0 AND 29',
      'ended_in > -30',
      'ended_in < -365',
      '"Status" = 2 AND ended_in <= due_in',
      '"Status" = 2 AND ended_in > due_in',
      'active_in = 0',
      'active_in < -50',
    ];
    for (const condition of never) expect(await countHere(condition), condition).toBe(0);
    for (const condition of often) expect(await countHere(condition), condition).toBeGreaterThan(5);
  });

  test('fewer than 8 % of the projects are in no region, and each region has overdue, due and budgeted ones', async () => {
    const open = `"Status" IN (0, 1, 3)`;
    expect(
      await countHere(`"Region" IS NULL OR lower("Region") NOT IN ('${REGIONS.slice(0, -1).join("','")}')`),
    ).toBeLessThan(80);
    expect(await countHere(`"FacilityType" IS NULL OR "FacilityType" = 'desalination_plant'`)).toBeLessThan(
      5,
    );
    for (const region of REGIONS)
      for (const what of [`${open} AND due_in < 0`, `${open} AND due_in BETWEEN 0 AND 29`, '"Budget" > 0'])
        expect(await countHere(`"Region" = '${region}' AND ${what}`), `${region}: ${what}`).toBeGreaterThan(
          1,
        );
    for (const authority of ['Metropolitan', 'Provincial'])
      expect(await countHere(`"WaterAuthority" = '${authority} Waterworks Authority'`)).toBeGreaterThan(50);
  });

  test('about three events a project, some hidden, some counted several times, and the changes of status', async () => {
    const [events] = await sql`
      SELECT count(*), count(*) FILTER (WHERE NOT "IsVisible") AS hidden,
        count(*) FILTER (WHERE "AggregatedCount" > 1) AS aggregated
      FROM "ProjectActivityFeed" WHERE "CreatedAt" > date '2026-11-22' - 31`;
    expect(events?.['count']).toBeGreaterThan(2500);
    expect(events?.['count']).toBeLessThan(3500);
    expect(events?.['hidden']).toBeGreaterThan(50);
    expect(events?.['aggregated']).toBeGreaterThan(200);
    const [last] = await sql`
      SELECT count(*) FROM "Projects" AS project WHERE "LastActivityAt" IS DISTINCT FROM (
        SELECT max("CreatedAt") FROM "ProjectActivityFeed" AS event WHERE event."ProjectId" = project."ProjectId")`;
    expect(last?.['count']).toBe(0);
    const [changes] = await sql`
      SELECT count(*), count(*) FILTER (WHERE "NewStatus" = "Status") AS last
      FROM "ProjectStatusHistory" JOIN "Projects" USING ("ProjectId")`;
    const [feed] = await sql`SELECT count(*) FROM "ProjectActivityFeed"`;
    expect(changes?.['last']).toBe(await countHere('"Status" > 0'));
    expect(counts).toEqual({
      projects: 1000,
      activities: feed?.['count'],
      statusChanges: changes?.['count'],
    });
  });

  test('nobody can log in as one of the managers', async () => {
    expect(await sql`SELECT DISTINCT "PasswordHash" AS hash FROM "Users"`).toEqual([{ hash: '!no-login!' }]);
  });
});

describe('a demo does all or nothing', () => {
  test('it refuses a database that has projects, and changes nothing there', async () => {
    await seedDemo(sql, { projects: 3, seed: 1, today });
    await sql`DELETE FROM "Roles" WHERE "RoleName" = 'Viewer'`;
    const before = await fingerprint(sql);
    const refused = seedDemo(sql, { projects: 10, seed: 7, today });
    await expect(refused).rejects.toBeInstanceOf(DemoRefusedError);
    await expect(refused).rejects.toMatchObject({ code: 'demo-refused', help: expect.any(String) });
    expect(await fingerprint(sql)).toEqual(before);
  });

  test('of two at the same time one is refused', async () => {
    const runs = await Promise.allSettled([1, 2].map((seed) => seedDemo(sql, { projects: 20, seed, today })));
    expect(runs.map((run) => run.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await count('true')).toBe(20);
  });

  test('a run that is cut short leaves nothing', async () => {
    const before = await fingerprint(sql);
    const onProgress = () => {
      throw new Error('cut short');
    };
    await expect(seedDemo(sql, { projects: 10, seed: 7, today, onProgress })).rejects.toThrow('cut short');
    expect(await fingerprint(sql)).toEqual(before);
  });
});

test('a demo of more than one batch leaves indexes, keys and triggers as they were, and a mark for everything', async () => {
  const before = await upkeep(sql);
  await sql`DELETE FROM dashboard_stats.marks`;
  const progress: [number, number][] = [];
  await seedDemo(sql, {
    ...{ projects: 101, seed: 7, today, batchSize: 50 },
    onProgress: (done, total) => progress.push([done, total]),
  });
  expect(progress).toEqual([50, 100, 101].map((done) => [done, 101]));
  expect(await count('true')).toBe(101);
  expect(await upkeep(sql)).toEqual(before);
  // The other mark is that of a region that was added.
  const marks = await sql`SELECT DISTINCT project_id AS id FROM dashboard_stats.marks ORDER BY id`;
  expect(marks).toEqual([{ id: '00000000-0000-0000-0000-000000000000' }, { id: null }]);
});
