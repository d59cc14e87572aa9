/** What `classify` never does: overwrite, wait, stop for one row, or write where it is only to look. */
import { describe, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { transaction } from '../../src/db/transaction.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { classifyProjects, classifySummary, type Proposal } from '../../src/jobs/classify.ts';
import { unclassifiedProjects } from '../../src/jobs/sql/unclassified-projects.ts';
import { writeClassifications } from '../../src/jobs/sql/write-classifications.ts';
import {
  everything,
  facilityAssignments,
  insert,
  project,
  regionAssignments,
} from '../support/application/classified.ts';
import { alterDatabase, eachTestGets, type TestDatabase } from '../support/servers/database.ts';

let database: TestDatabase;
let sql: Sql;

eachTestGets('migrated', (made) => {
  database = made;
  sql = made.sql;
});

test('a row that a rule of the table lets nobody write is named, and the others are written', async () => {
  const ids = await Promise.all(Array.from({ length: 7 }, () => insert(sql, { address: 'จ.ตาก' })));
  const bad = ids[3] ?? '';
  await sql`ALTER TABLE "Projects" DROP CONSTRAINT "Projects_CompletionPercentage_check"`;
  await sql`UPDATE "Projects" SET "CompletionPercentage" = 130 WHERE "ProjectId" = ${bad}`;
  await sql`ALTER TABLE "Projects" ADD CHECK ("CompletionPercentage" BETWEEN 0 AND 100) NOT VALID`;
  const counts = await classifyProjects(sql);
  expect(counts).toMatchObject({ read: 7, regions: 6, busy: 0, refused: [bad] });
  expect(classifySummary(counts)).toContain(`correct them first: ${bad}`);
  expect(await project(sql, bad)).toMatchObject({ region: null });
  expect(await regionAssignments(sql)).toHaveLength(6);
});

test.each([
  ['a trigger that raises', `RAISE EXCEPTION 'not this one'`],
  ['a trigger that fails an assertion', 'ASSERT false'],
  ['a column that is too narrow', `NEW."Team" = repeat('x', 51)`],
  ['a key', `INSERT INTO "Roles" ("RoleId", "RoleName") SELECT "RoleId", 'x' FROM "Roles" LIMIT 1`],
])('a row that nobody can write because of %s is named, and the others are written', async (_, rule) => {
  const ids = await Promise.all(Array.from({ length: 3 }, () => insert(sql, { address: 'จ.ตาก' })));
  const bad = ids[1] ?? '';
  await sql.unsafe(`
    CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${rule}; RETURN NEW; END $$;
    CREATE TRIGGER forbid BEFORE UPDATE ON "Projects" FOR EACH ROW
      WHEN (NEW."ProjectId" = '${bad}') EXECUTE FUNCTION forbid()`);
  expect(await classifyProjects(sql)).toMatchObject({ read: 3, regions: 2, refused: [bad] });
});

test('a row that holds nothing, or nonsense, stops nobody', async () => {
  await sql`
    ALTER TABLE "Projects" ALTER COLUMN "Address" DROP NOT NULL, ALTER COLUMN "Address" TYPE text,
      ALTER COLUMN "Latitude" TYPE numeric`;
  await insert(sql, { address: 'น่าน '.repeat(100_000) });
  await insert(sql, { address: '((((.*+?' });
  await sql`UPDATE "Projects" SET "Latitude" = 'NaN', "Longitude" = 100`;
  await sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "ClientInfo", "Status", "StartDate")
    VALUES (gen_random_uuid(), '', '', 0, now())`;
  const id = await insert(sql, { address: 'จ.น่าน' });
  expect(await classifyProjects(sql)).toMatchObject({ read: 4, busy: 0 });
  expect(await project(sql, id)).toMatchObject({ region: 'northern' });
});

describe('what is never done', () => {
  test('nothing that is set is changed', async () => {
    const id = await insert(sql, {
      ...{ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', province: 'ตาก', region: 'mine', facility: 'other' },
    });
    const halves = [
      await insert(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', region: 'mine' }),
      await insert(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', facility: 'other' }),
    ];
    await classifyProjects(sql);
    expect(await project(sql, id)).toEqual({ province: 'ตาก', region: 'mine', facility: 'other' });
    expect(await Promise.all(halves.map((id) => project(sql, id)))).toEqual([
      { province: null, region: 'mine', facility: 'reservoir' },
      { province: 'น่าน', region: 'northern', facility: 'other' },
    ]);
  });

  test('where a person has assigned a region, region and province are left alone, even where both are empty', async () => {
    const id = await insert(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await sql`
      INSERT INTO "ProjectRegionAssignments" ("ProjectId", "RegionId", "AssignmentMethod")
      SELECT ${id}, "RegionId", 'manual' FROM "ProjectRegions" WHERE "RegionName" = 'central'`;
    await classifyProjects(sql);
    expect(await project(sql, id)).toEqual({ province: null, region: null, facility: 'reservoir' });
    expect(await regionAssignments(sql)).toHaveLength(1);
  });

  test('where a person has assigned a kind of facility, that is left alone, even where it is empty', async () => {
    const id = await insert(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await sql`
      INSERT INTO "ProjectFacilityAssignments" ("ProjectId", "FacilityTypeId", "AssignmentMethod")
      SELECT ${id}, "FacilityTypeId", 'import' FROM "WaterFacilityTypes" WHERE "FacilityTypeName" = 'water_treatment'`;
    await classifyProjects(sql);
    expect(await project(sql, id)).toEqual({ province: 'น่าน', region: 'northern', facility: null });
    expect(await facilityAssignments(sql)).toHaveLength(1);
  });

  test('a row that changed since it was read is not written', async () => {
    const id = await insert(sql, { address: 'จ.น่าน' });
    const [read] = await unclassifiedProjects(sql, { after: null, limit: 500, unlisted: [] });
    await sql`UPDATE "Projects" SET "Address" = 'จ.ตาก' WHERE "ProjectId" = ${id}`;
    const stale = {
      ...{ projectId: id, rowVersion: read?.rowVersion ?? '', province: 'น่าน' },
      ...{ region: null, facility: null, reasons: [] },
    };
    expect(
      await transaction(sql, { isolation: 'read committed' }, (tx) => writeClassifications(tx, [stale])),
    ).toEqual([]);
    expect(await project(sql, id)).toMatchObject({ province: null });
  });

  test('a row that somebody holds is left for the next run, which does not wait for it', async () => {
    const [held, free] = [await insert(sql, { address: 'จ.น่าน' }), await insert(sql, { address: 'จ.ตาก' })];
    const counts = await transaction(sql, { isolation: 'read committed' }, async (tx) => {
      await tx`UPDATE "Projects" SET "Region" = 'mine' WHERE "ProjectId" = ${held}`;
      return classifyProjects(sql);
    });
    expect(counts).toMatchObject({ read: 2, regions: 1, busy: 1 });
    await classifyProjects(sql);
    expect(await project(sql, held)).toMatchObject({ region: 'mine', province: null });
    expect(await project(sql, free)).toMatchObject({ region: 'western' });
  });

  test('a dry run writes nothing: it works in a session that may not write', async () => {
    await seedDemo(sql, { projects: 1200, seed: 3, today: '2026-11-22' });
    await sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL, "Province" = NULL`;
    const before = await everything(sql);
    await alterDatabase(sql, 'default_transaction_read_only = on');
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
    expect(await everything(sql)).toEqual(before);
  });
});
