/** What `classify` never does: overwrite, wait, stop for one row, or write where it is only to look. */
import { describe, expect, test } from 'vitest';
import { transaction } from '../../src/db/transaction.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { classifyProjects, classifySummary, type Proposal } from '../../src/jobs/classify.ts';
import { unclassifiedProjects } from '../../src/jobs/sql/unclassified-projects.ts';
import { writeClassifications } from '../../src/jobs/sql/write-classifications.ts';
import {
  everything,
  facilityAssignments,
  project,
  regionAssignments,
} from '../support/application/classified.ts';
import { insertProject } from '../support/application/projects.ts';
import { alterDatabase, connectForTest, eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');
const { sql } = database;

test.each([
  ['a check of the table', `NEW."CompletionPercentage" = 130`],
  ['a trigger that raises', `RAISE EXCEPTION 'not this one'`],
  ['a trigger that fails an assertion', 'ASSERT false'],
  ['a column that is too narrow', `NEW."Team" = repeat('x', 51)`],
  ['a key', `INSERT INTO "Roles" ("RoleId", "RoleName") SELECT "RoleId", 'x' FROM "Roles" LIMIT 1`],
])('a row that nobody can write because of %s is named, and the others are written', async (_, rule) => {
  const ids = await Promise.all(Array.from({ length: 7 }, () => insertProject(sql, { address: 'จ.ตาก' })));
  const bad = ids[3] ?? '';
  await sql.unsafe(`
    CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${rule}; RETURN NEW; END $$;
    CREATE TRIGGER forbid BEFORE UPDATE ON "Projects" FOR EACH ROW
      WHEN (NEW."ProjectId" = '${bad}') EXECUTE FUNCTION forbid()`);
  const counts = await classifyProjects(sql);
  expect(counts).toMatchObject({ read: 7, regions: 6, busy: 0, refused: [bad] });
  expect(classifySummary(counts)).toContain(`correct them first: ${bad}`);
  expect(await project(sql, bad)).toMatchObject({ region: null });
  expect(await regionAssignments(sql)).toHaveLength(6);
});

test('a row that is empty or holds nonsense does not keep the others from being classified', async () => {
  await sql`
    ALTER TABLE "Projects" ALTER COLUMN "Address" DROP NOT NULL, ALTER COLUMN "Address" TYPE text,
      ALTER COLUMN "Latitude" TYPE numeric`;
  await insertProject(sql, { address: 'น่าน '.repeat(100_000) });
  await insertProject(sql, { address: '((((.*+?' });
  await sql`UPDATE "Projects" SET "Latitude" = 'NaN', "Longitude" = 100`;
  await sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "ClientInfo", "Status", "StartDate")
    VALUES (gen_random_uuid(), '', '', 0, now())`;
  const id = await insertProject(sql, { address: 'จ.น่าน' });
  expect(await classifyProjects(sql)).toMatchObject({ read: 4, busy: 0 });
  expect(await project(sql, id)).toMatchObject({ region: 'northern' });
});

describe('what is never done', () => {
  test('nothing that is set is changed', async () => {
    const id = await insertProject(sql, {
      ...{ name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', province: 'ตาก', region: 'mine', facility: 'other' },
    });
    const halves = [
      await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', region: 'mine' }),
      await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน', facility: 'other' }),
    ];
    await classifyProjects(sql);
    expect(await project(sql, id)).toEqual({ province: 'ตาก', region: 'mine', facility: 'other' });
    expect(await Promise.all(halves.map((id) => project(sql, id)))).toEqual([
      { province: null, region: 'mine', facility: 'reservoir' },
      { province: 'น่าน', region: 'northern', facility: 'other' },
    ]);
  });

  test('what a person has assigned is left alone, even where it is empty: a region, or a kind of facility', async () => {
    const region = await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    const facility = await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await sql`
      INSERT INTO "ProjectRegionAssignments" ("ProjectId", "RegionId", "AssignmentMethod")
      SELECT ${region}, "RegionId", 'manual' FROM "ProjectRegions" WHERE "RegionName" = 'central'`;
    await sql`
      INSERT INTO "ProjectFacilityAssignments" ("ProjectId", "FacilityTypeId", "AssignmentMethod")
      SELECT ${facility}, "FacilityTypeId", 'import' FROM "WaterFacilityTypes" WHERE "FacilityTypeName" = 'water_treatment'`;
    await classifyProjects(sql);
    expect(await project(sql, region)).toEqual({ province: null, region: null, facility: 'reservoir' });
    expect(await project(sql, facility)).toEqual({ province: 'น่าน', region: 'northern', facility: null });
    // One of each was written for the other project.
    expect((await regionAssignments(sql)).filter(({ id }) => id === region)).toHaveLength(1);
    expect((await facilityAssignments(sql)).filter(({ id }) => id === facility)).toHaveLength(1);
  });

  test('a row that changed since it was read is not written', async () => {
    const id = await insertProject(sql, { address: 'จ.น่าน' });
    const [read] = await unclassifiedProjects(sql, { after: null, limit: 500, unlisted: [] });
    await sql`UPDATE "Projects" SET "Address" = 'จ.ตาก' WHERE "ProjectId" = ${id}`;
    const rowVersion = read?.rowVersion ?? '';
    const stale = { projectId: id, rowVersion, province: 'น่าน', region: null, facility: null, reasons: [] };
    const write = transaction(sql, { isolation: 'read committed' }, (tx) =>
      writeClassifications(tx, [stale]),
    );
    expect(await write).toEqual([]);
    expect(await project(sql, id)).toMatchObject({ province: null });
  });

  test('a row that somebody holds is left for the next run, which does not wait for it', async () => {
    const [held, free] = [
      await insertProject(sql, { address: 'จ.น่าน' }),
      await insertProject(sql, { address: 'จ.ตาก' }),
    ];
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
    // More than a batch.
    await seedDemo(sql, { projects: 600, seed: 3, today: '2026-11-22' });
    await sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL, "Province" = NULL`;
    const before = await everything(sql);
    await alterDatabase(sql, 'default_transaction_read_only = on');
    const readOnly = connectForTest(database.url);
    const proposals: Proposal[] = [];
    const onBatch = (batch: readonly Proposal[]) => proposals.push(...batch);
    const counts = await classifyProjects(readOnly, { dryRun: true, onBatch });
    await expect(classifyProjects(readOnly)).rejects.toThrow(/read-only/);
    expect(counts.read).toBe(600);
    expect(counts.regions).toBeGreaterThan(350);
    expect(proposals).toHaveLength(600);
    expect(proposals.every(({ reasons }) => reasons.length === 2)).toBe(true);
    expect(await everything(sql)).toEqual(before);
  });
});
