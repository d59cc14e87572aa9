import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { connect } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/db/demo.ts';
import { unclassifiedProjects } from '../../src/db/queries/unclassified-projects.ts';
import { writeClassifications } from '../../src/db/queries/write-classifications.ts';
import { transaction } from '../../src/db/transaction.ts';
import { classifyProjects, classifySummary, type Proposal } from '../../src/jobs/classify.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runService } from '../support/running-service.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(() => database.drop());

interface Values {
  name?: string;
  address?: string;
  province?: string | null;
  region?: string | null;
  facility?: string | null;
  at?: [latitude: number, longitude: number];
}

async function insert(values: Values): Promise<string> {
  const [row] = await database.sql<[{ id: string }]>`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "Province",
      "Region", "FacilityType", "Latitude", "Longitude")
    VALUES (gen_random_uuid(), ${values.name ?? 'โครงการ'}, ${values.address ?? '-'}, 'กปภ.', 0, now(),
      ${values.province ?? null}, ${values.region ?? null}, ${values.facility ?? null}, ${values.at?.[0] ?? null},
      ${values.at?.[1] ?? null})
    RETURNING "ProjectId" AS id`;
  return row.id;
}

async function project(id: string) {
  const [row] = await database.sql`
    SELECT "Province" AS province, "Region" AS region, "FacilityType" AS facility FROM "Projects"
    WHERE "ProjectId" = ${id}`;
  return { ...row };
}

const regionAssignments = () => database.sql`
  SELECT a."ProjectId" AS id, "RegionName" AS region, "AssignmentMethod" AS method, "Confidence"::float8 AS confidence,
    "Notes" AS notes
  FROM "ProjectRegionAssignments" a JOIN "ProjectRegions" USING ("RegionId") ORDER BY "AssignedAt", "RegionName"`;

const facilityAssignments = () => database.sql`
  SELECT a."ProjectId" AS id, "FacilityTypeName" AS type, "AssignmentMethod" AS method,
    "Confidence"::float8 AS confidence, "Notes" AS notes
  FROM "ProjectFacilityAssignments" a JOIN "WaterFacilityTypes" USING ("FacilityTypeId") ORDER BY "AssignedAt"`;

/** Every row that classifying could change, and when it last did. */
const everything = () => database.sql`
  SELECT 'p' AS kind, xmin::text || p::text AS row FROM "Projects" p
  UNION ALL SELECT 'r', xmin::text || a::text FROM "ProjectRegionAssignments" a
  UNION ALL SELECT 'f', xmin::text || a::text FROM "ProjectFacilityAssignments" a ORDER BY 1, 2`;

describe('what decides', () => {
  test('the Province column, then the address, then the coordinates', async () => {
    const chiangMai: [number, number] = [18.7883, 98.9853];
    const column = await insert({ province: 'Lampang', address: 'จ.น่าน', at: chiangMai });
    const address = await insert({ address: 'อ.เมือง จ.น่าน', at: chiangMai });
    const coordinates = await insert({ address: 'ริมถนนใหญ่', at: chiangMai });
    await classifyProjects(database.sql);
    expect(await project(column)).toEqual({ province: 'Lampang', region: 'northern', facility: null });
    expect(await project(address)).toEqual({ province: 'น่าน', region: 'northern', facility: null });
    expect(await project(coordinates)).toEqual({ province: 'เชียงใหม่', region: 'northern', facility: null });
    const assigned = { region: 'northern' };
    const rows = [
      { ...assigned, id: column, method: 'address_matching', confidence: 1, notes: 'Province is "Lampang".' },
      {
        ...assigned,
        ...{ id: address, method: 'address_based', confidence: 0.95 },
        notes: 'The address says "จ.น่าน".',
      },
      {
        ...assigned,
        ...{ id: coordinates, method: 'coordinate_based', confidence: 0.9 },
        notes: 'The coordinates lie in เชียงใหม่.',
      },
    ];
    expect(await regionAssignments()).toEqual(expect.arrayContaining(rows));
    expect(await regionAssignments()).toHaveLength(3);
  });

  test('a Province that is none of the 77 is kept, and the address decides', async () => {
    const id = await insert({ province: 'สุวรรณภูมิ', address: 'อ.แม่สอด จ.ตาก' });
    await classifyProjects(database.sql);
    expect(await project(id)).toMatchObject({ province: 'สุวรรณภูมิ', region: 'western' });
  });

  test('a province that no active region lists is written, and the region stays null', async () => {
    await database.sql`UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'western'`;
    const unlisted = await insert({ address: 'จ.ภูเก็ต' });
    const inactive = await insert({ address: 'จ.ตาก' });
    await classifyProjects(database.sql);
    expect(await project(unlisted)).toMatchObject({ province: 'ภูเก็ต', region: null });
    expect(await project(inactive)).toMatchObject({ province: 'ตาก', region: null });
    expect(await regionAssignments()).toEqual([]);
  });

  test('lists of provinces are understood as people write them; where two regions list one, none is chosen', async () => {
    await database.sql`
      INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName", "Provinces") VALUES
        ('southern', 'South', '["Phuket", "จังหวัดกระบี่", 7, null]'), ('far_north', 'Far north', '["เชียงราย"]'),
        ('broken', 'Broken', '{"not": "a list"}')`;
    const ids = await Promise.all(['จ.ภูเก็ต', 'จ.กระบี่', 'จ.เชียงราย'].map((address) => insert({ address })));
    await classifyProjects(database.sql);
    const regions = await Promise.all(ids.map(async (id) => (await project(id))['region']));
    expect(regions).toEqual(['southern', 'southern', null]);
  });

  test('the name decides the kind of facility, if that kind is active', async () => {
    await database.sql`UPDATE "WaterFacilityTypes" SET "IsActive" = false WHERE "FacilityTypeName" = 'reservoir'`;
    const treatment = await insert({ name: 'โซลาร์รูฟท็อป สถานีผลิตน้ำน่าน', region: 'northern' });
    const inactive = await insert({ name: 'อ่างเก็บน้ำแม่งัด' });
    await classifyProjects(database.sql);
    expect(await project(treatment)).toMatchObject({ facility: 'water_treatment' });
    expect(await project(inactive)).toMatchObject({ facility: null });
    expect(await facilityAssignments()).toEqual([
      {
        ...{ id: treatment, type: 'water_treatment', method: 'automatic', confidence: 0.9 },
        notes: 'The name says "สถานีผลิตน้ำ".',
      },
    ]);
  });
});

test('a row that a rule of the table lets nobody write is named, and the others are written', async () => {
  const ids = await Promise.all(Array.from({ length: 7 }, () => insert({ address: 'จ.ตาก' })));
  const bad = ids[3] ?? '';
  await database.sql`ALTER TABLE "Projects" DROP CONSTRAINT "Projects_CompletionPercentage_check"`;
  await database.sql`UPDATE "Projects" SET "CompletionPercentage" = 130 WHERE "ProjectId" = ${bad}`;
  await database.sql`ALTER TABLE "Projects" ADD CHECK ("CompletionPercentage" BETWEEN 0 AND 100) NOT VALID`;
  const counts = await classifyProjects(database.sql);
  expect(counts).toMatchObject({ read: 7, regions: 6, busy: 0, refused: [bad] });
  expect(classifySummary(counts)).toContain(`correct them first: ${bad}`);
  expect(await project(bad)).toMatchObject({ region: null });
  expect(await regionAssignments()).toHaveLength(6);
});

test.each([
  ['a trigger that raises', `RAISE EXCEPTION 'not this one'`],
  ['a trigger that fails an assertion', 'ASSERT false'],
  ['a column that is too narrow', `NEW."Team" = repeat('x', 51)`],
  ['a key', `INSERT INTO "Roles" ("RoleId", "RoleName") SELECT "RoleId", 'x' FROM "Roles" LIMIT 1`],
])('a row that nobody can write because of %s is named, and the others are written', async (_, rule) => {
  const ids = await Promise.all(Array.from({ length: 3 }, () => insert({ address: 'จ.ตาก' })));
  const bad = ids[1] ?? '';
  await database.sql.unsafe(`
    CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${rule}; RETURN NEW; END $$;
    CREATE TRIGGER forbid BEFORE UPDATE ON "Projects" FOR EACH ROW
      WHEN (NEW."ProjectId" = '${bad}') EXECUTE FUNCTION forbid()`);
  expect(await classifyProjects(database.sql)).toMatchObject({ read: 3, regions: 2, refused: [bad] });
});

test('a summary names twenty projects at most that nobody can write', () => {
  const refused = Array.from({ length: 25 }, (_, number) => `p${number}`);
  const counts = { read: 25, provinces: 0, regions: 0, facilityTypes: 0, busy: 0, refused };
  expect(classifySummary(counts)).toMatch(/ p0, .* p19 and 5 more\.$/);
});

test('a row that holds nothing, or nonsense, stops nobody', async () => {
  await database.sql`
    ALTER TABLE "Projects" ALTER COLUMN "Address" DROP NOT NULL, ALTER COLUMN "Address" TYPE text,
      ALTER COLUMN "Latitude" TYPE numeric`;
  await insert({ address: 'น่าน '.repeat(100_000) });
  await insert({ address: '((((.*+?' });
  await database.sql`UPDATE "Projects" SET "Latitude" = 'NaN', "Longitude" = 100`;
  await database.sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "ClientInfo", "Status", "StartDate")
    VALUES (gen_random_uuid(), '', '', 0, now())`;
  const id = await insert({ address: 'จ.น่าน' });
  expect(await classifyProjects(database.sql)).toMatchObject({ read: 4, busy: 0 });
  expect(await project(id)).toMatchObject({ region: 'northern' });
});

describe('what is never done', () => {
  test('nothing that is set is changed', async () => {
    const id = await insert({
      ...{ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', province: 'ตาก', region: 'mine', facility: 'other' },
    });
    const halves = [
      await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', region: 'mine' }),
      await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', facility: 'other' }),
    ];
    await classifyProjects(database.sql);
    expect(await project(id)).toEqual({ province: 'ตาก', region: 'mine', facility: 'other' });
    expect(await Promise.all(halves.map(project))).toEqual([
      { province: null, region: 'mine', facility: 'reservoir' },
      { province: 'น่าน', region: 'northern', facility: 'other' },
    ]);
  });

  test('where a person has assigned a region, region and province are left alone, even where both are empty', async () => {
    const id = await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await database.sql`
      INSERT INTO "ProjectRegionAssignments" ("ProjectId", "RegionId", "AssignmentMethod")
      SELECT ${id}, "RegionId", 'manual' FROM "ProjectRegions" WHERE "RegionName" = 'central'`;
    await classifyProjects(database.sql);
    expect(await project(id)).toEqual({ province: null, region: null, facility: 'reservoir' });
    expect(await regionAssignments()).toHaveLength(1);
  });

  test('where a person has assigned a kind of facility, that is left alone, even where it is empty', async () => {
    const id = await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await database.sql`
      INSERT INTO "ProjectFacilityAssignments" ("ProjectId", "FacilityTypeId", "AssignmentMethod")
      SELECT ${id}, "FacilityTypeId", 'import' FROM "WaterFacilityTypes" WHERE "FacilityTypeName" = 'water_treatment'`;
    await classifyProjects(database.sql);
    expect(await project(id)).toEqual({ province: 'น่าน', region: 'northern', facility: null });
    expect(await facilityAssignments()).toHaveLength(1);
  });

  test('a row that changed since it was read is not written', async () => {
    const { sql } = database;
    const id = await insert({ address: 'จ.น่าน' });
    const [read] = await unclassifiedProjects(sql, { after: null, limit: 500, unlisted: [] });
    await sql`UPDATE "Projects" SET "Address" = 'จ.ตาก' WHERE "ProjectId" = ${id}`;
    const stale = {
      ...{ projectId: id, rowVersion: read?.rowVersion ?? '', province: 'น่าน' },
      ...{ region: null, facility: null, reasons: [] },
    };
    expect(await transaction(sql, 'read committed', (tx) => writeClassifications(tx, [stale]))).toEqual([]);
    expect(await project(id)).toMatchObject({ province: null });
  });

  test('a row that somebody holds is left for the next run, which does not wait for it', async () => {
    const { sql } = database;
    const [held, free] = [await insert({ address: 'จ.น่าน' }), await insert({ address: 'จ.ตาก' })];
    const counts = await transaction(sql, 'read committed', async (tx) => {
      await tx`UPDATE "Projects" SET "Region" = 'mine' WHERE "ProjectId" = ${held}`;
      return classifyProjects(sql);
    });
    expect(counts).toMatchObject({ read: 2, regions: 1, busy: 1 });
    await classifyProjects(sql);
    expect(await project(held)).toMatchObject({ region: 'mine', province: null });
    expect(await project(free)).toMatchObject({ region: 'western' });
  });

  test('a dry run writes nothing: it works in a session that may not write', async () => {
    await seedDemo(database.sql, { projects: 1200, seed: 3, today: '2026-11-22' });
    await database.sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL, "Province" = NULL`;
    const before = await everything();
    const [name] = await database.sql`SELECT current_database() AS name`;
    await database.sql`
      ALTER DATABASE ${database.sql(name?.['name'])} SET default_transaction_read_only = on`;
    const readOnly = connect(database.url, { max: 1 });
    const proposals: Proposal[] = [];
    const counts = await classifyProjects(readOnly, {
      dryRun: true,
      onBatch: (batch) => proposals.push(...batch),
    });
    await expect(classifyProjects(readOnly)).rejects.toThrow(/read-only/);
    await readOnly.end();
    expect(counts.read).toBe(1200);
    expect(counts.regions).toBeGreaterThan(700);
    expect(proposals).toHaveLength(1200);
    expect(proposals.every(({ reasons }) => reasons.length === 2)).toBe(true);
    expect(await everything()).toEqual(before);
  });
});

test('assignments are read for thousands of projects at once, and projects written by two hundred', async () => {
  await database.sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate")
    SELECT gen_random_uuid(), 'p', 'จ.น่าน', 'c', 0, now() FROM generate_series(1, 1100)`;
  const scans = async () => {
    await database.sql`SELECT pg_stat_clear_snapshot()`;
    const [row] = await database.sql`
      SELECT sum(seq_scan)::int AS scans FROM pg_stat_user_tables
      WHERE relname IN ('ProjectRegionAssignments', 'ProjectFacilityAssignments')`;
    return row?.['scans'] as number;
  };
  const sizes: number[] = [];
  const before = await scans();
  const theirs = connect(database.url, { max: 1 });
  await classifyProjects(theirs, { onBatch: (batch) => sizes.push(batch.length) });
  // A session tells what it did when it ends.
  await theirs.end();
  expect(sizes).toEqual([200, 200, 200, 200, 200, 100]);
  await expect.poll(scans).toBeGreaterThan(before);
  expect((await scans()) - before).toBe(2);
});

describe('running it again', () => {
  test('changes nothing, rewrites no row and adds no assignment', async () => {
    await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await insert({ address: 'จ.ภูเก็ต' });
    await insert({ address: 'somewhere' });
    await classifyProjects(database.sql);
    const after = await everything();
    expect(await classifyProjects(database.sql)).toMatchObject({
      provinces: 0,
      regions: 0,
      facilityTypes: 0,
    });
    expect(await everything()).toEqual(after);
  });

  test('a column that was emptied again is filled again, under the assignment that is there', async () => {
    const id = await insert({ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await classifyProjects(database.sql);
    await database.sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL`;
    await classifyProjects(database.sql);
    expect(await project(id)).toEqual({ province: 'น่าน', region: 'northern', facility: 'reservoir' });
    expect(await regionAssignments()).toHaveLength(1);
    expect(await facilityAssignments()).toHaveLength(1);
  });

  test('several at once do each project once', async () => {
    await seedDemo(database.sql, { projects: 1200, seed: 3, today: '2026-11-22' });
    await database.sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL`;
    await Promise.all([1, 2, 3].map(() => classifyProjects(database.sql)));
    await classifyProjects(database.sql);
    const [double] = await database.sql`
      SELECT count(*) FROM (SELECT FROM "ProjectRegionAssignments" GROUP BY "ProjectId" HAVING count(*) > 1
        UNION ALL SELECT FROM "ProjectFacilityAssignments" GROUP BY "ProjectId" HAVING count(*) > 1) AS d`;
    const [undone] = await database.sql`
      SELECT count(*) FROM "Projects" p JOIN "ProjectRegions" ON "Provinces" ? "Province"
      WHERE p."Region" IS NULL`;
    expect([double?.['count'], undone?.['count']]).toEqual([0, 0]);
  });

  test('projects that can get no region are not even read again', async () => {
    await insert({ address: 'จ.ภูเก็ต', facility: 'reservoir' });
    expect(await classifyProjects(database.sql)).toMatchObject({ read: 1, provinces: 1 });
    expect(await classifyProjects(database.sql)).toMatchObject({ read: 0 });
  });
});

test('demo projects that lost their regions and facility types get them back', async () => {
  await seedDemo(database.sql, { projects: 1000, seed: 3, today: '2026-11-22' });
  await database.sql`CREATE TABLE was AS SELECT "ProjectId", "Region", "FacilityType" FROM "Projects"`;
  await database.sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL, "Province" = NULL`;
  await classifyProjects(database.sql);
  const [row] = await database.sql`
    SELECT count(*) FILTER (WHERE p."Region" <> was."Region") AS wrong,
      count(*) FILTER (WHERE p."Region" = was."Region") AS regions,
      count(*) FILTER (WHERE p."Region" IS NULL AND was."Region" IN ('northern', 'western', 'central')) AS lost,
      count(*) FILTER (WHERE p."FacilityType" = was."FacilityType") AS facilities,
      count(*) FILTER (WHERE p."Province" IS NULL) AS nowhere
    FROM "Projects" p JOIN was USING ("ProjectId")
    WHERE was."Region" <> 'northeastern' AND was."Region" = lower(was."Region")
      AND was."FacilityType" <> 'desalination_plant' AND was."FacilityType" = lower(was."FacilityType")`;
  expect(row?.['wrong']).toBe(0);
  expect(row?.['regions']).toBeGreaterThan(600);
  expect(row?.['lost']).toBe(0);
  expect(row?.['facilities']).toBeGreaterThan(900);
  expect(row?.['nowhere']).toBe(0);
});

test('the schedule is off on an application’s database, and every five minutes on the embedded one', () => {
  const schedule = (environment: Record<string, string>) => readConfig(environment).CRON_CLASSIFY;
  expect(schedule({ DATABASE_URL: 'postgres://host/db' })).toBe('off');
  expect(schedule({})).toBe('*/5 * * * *');
  expect(schedule({ DATABASE_URL: 'postgres://host/db', CRON_CLASSIFY: '0 * * * *' })).toBe('0 * * * *');
  expect(schedule({ CRON_CLASSIFY: 'off' })).toBe('off');
});

test('the command prints what it would do and why, then does it', async () => {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
  const run = async (...args: string[]) => {
    const environment = { ...process.env, DATABASE_URL: database.url };
    const program = [process.execPath, ['--import', 'tsx', cli, 'classify', ...args]] as const;
    return (await promisify(execFile)(...program, { env: environment })).stdout;
  };
  const id = await insert({ name: 'ถังน้ำใส', address: 'ต.ในเวียง อ.เมืองน่าน' });
  const table = await run('--dry-run');
  expect(table).toMatch(
    new RegExp(`^${id}  ถังน้ำใส +น่าน +northern 90 % +reservoir 90 % +The address says`, 'm'),
  );
  expect(table).toContain('The address says "อ.เมืองน่าน". The name says "ถังน้ำ".');
  expect(table).toContain('Would be written: regions 1, provinces 1, facility types 1.');
  expect(JSON.parse(await run('--dry-run', '--json'))).toMatchObject({
    ...{ dryRun: true, read: 1, regions: 1 },
    projects: [{ projectId: id, province: 'น่าน', region: { name: 'northern', method: 'address_based' } }],
  });
  expect(await project(id)).toMatchObject({ region: null });
  expect(JSON.parse(await run('--json'))).toEqual({
    ...{ dryRun: false, read: 1, provinces: 1, regions: 1, facilityTypes: 1, busy: 0, refused: [] },
  });
  expect(await project(id)).toEqual({ province: 'น่าน', region: 'northern', facility: 'reservoir' });

  const stuck = await insert({ address: 'จ.ตาก' });
  await database.sql`ALTER TABLE "Projects" ADD CHECK ("Region" <> 'western')`;
  await expect(run('--json')).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`"refused":["${stuck}"]`),
  });
});

test('the job classifies, and the statistics follow', async () => {
  const service = await runService({}, async (sql) => {
    await sql`
      INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate")
      VALUES (gen_random_uuid(), 'อ่างเก็บน้ำ', 'จ.น่าน', 'กปภ.', 0, now())`;
  });
  try {
    const { jobs } = (await (await service.get('/jobs')).json()) as {
      jobs: { name: string; schedule: string }[];
    };
    expect(jobs.find(({ name }) => name === 'classify')).toMatchObject({ schedule: 'off' });
    const ran = await service.post('/jobs/classify/run', {});
    expect(await ran.json()).toMatchObject({
      outcome: 'succeeded',
      detail: expect.stringContaining('regions 1'),
    });
    const answer = await service.get('/stats/regions/northern', { 'Cache-Control': 'no-cache' });
    expect(await answer.json()).toMatchObject({ statistics: { totalProjects: 1 } });
  } finally {
    await service.close();
  }
});
