/** What `classify` writes and by what; what it never does stands in classify.restraint.test.ts. */
import { describe, expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { classifyProjects } from '../../src/jobs/classify.ts';
import {
  everything,
  facilityAssignments,
  project,
  regionAssignments,
} from '../support/application/classified.ts';
import { insertProject } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { runForTest } from '../support/service/running-service.ts';

const { sql } = eachTestGets('migrated');

describe('what decides', () => {
  test('the Province column, then the address, then the coordinates', async () => {
    const chiangMai: [number, number] = [18.7883, 98.9853];
    const foreign = await insertProject(sql, { province: 'สุวรรณภูมิ', address: 'อ.แม่สอด จ.ตาก' });
    const column = await insertProject(sql, { province: 'Lampang', address: 'จ.น่าน', at: chiangMai });
    const address = await insertProject(sql, { address: 'อ.เมือง จ.น่าน', at: chiangMai });
    const coordinates = await insertProject(sql, { address: 'ริมถนนใหญ่', at: chiangMai });
    await classifyProjects(sql);
    // None of the 77: it is kept, and the address decides.
    expect(await project(sql, foreign)).toMatchObject({ province: 'สุวรรณภูมิ', region: 'western' });
    expect(await project(sql, column)).toEqual({ province: 'Lampang', region: 'northern', facility: null });
    expect(await project(sql, address)).toEqual({ province: 'น่าน', region: 'northern', facility: null });
    expect(await project(sql, coordinates)).toMatchObject({ province: 'เชียงใหม่', region: 'northern' });
    const rows = [
      [column, 'address_matching', 1, 'Province is "Lampang".'],
      [address, 'address_based', 0.95, 'The address says "จ.น่าน".'],
      [coordinates, 'coordinate_based', 0.9, 'The coordinates lie in เชียงใหม่.'],
    ].map(([id, method, confidence, notes]) => ({ id, region: 'northern', method, confidence, notes }));
    const found = await regionAssignments(sql);
    expect(found).toEqual(expect.arrayContaining(rows));
    expect(found).toHaveLength(4);
  });

  test('active regions decide, whose lists are understood as people write them; where two list one, none is chosen', async () => {
    await sql`UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'western'`;
    await sql`
      INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName", "Provinces") VALUES
        ('southern', 'South', '["Phuket", "จังหวัดกระบี่", 7, null]'), ('far_north', 'Far north', '["เชียงราย"]'),
        ('broken', 'Broken', '{"not": "a list"}')`;
    const wanted = [
      ['ภูเก็ต', 'southern'],
      ['กระบี่', 'southern'],
      ['เชียงราย', null],
      ['ตาก', null],
      ['พังงา', null],
    ] as const;
    const ids: string[] = [];
    for (const [province] of wanted) ids.push(await insertProject(sql, { address: `จ.${province}` }));
    await classifyProjects(sql);
    const found = await Promise.all(ids.map((id) => project(sql, id)));
    expect(found).toEqual(wanted.map(([province, region]) => ({ province, region, facility: null })));
    expect(await regionAssignments(sql)).toHaveLength(2);
  });

  test('the name decides the kind of facility, if that kind is active', async () => {
    await sql`UPDATE "WaterFacilityTypes" SET "IsActive" = false WHERE "FacilityTypeName" = 'reservoir'`;
    const id = await insertProject(sql, { name: 'โซลาร์รูฟท็อป สถานีผลิตน้ำน่าน', region: 'northern' });
    const inactive = await insertProject(sql, { name: 'อ่างเก็บน้ำแม่งัด' });
    await classifyProjects(sql);
    expect(await project(sql, inactive)).toMatchObject({ facility: null });
    expect(await project(sql, id)).toMatchObject({ facility: 'water_treatment' });
    const notes = 'The name says "สถานีผลิตน้ำ".';
    expect(await facilityAssignments(sql)).toEqual([
      { id, type: 'water_treatment', method: 'automatic', confidence: 0.9, notes },
    ]);
  });
});

describe('running it again', () => {
  test('changes nothing, rewrites no row and adds no assignment', async () => {
    await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await insertProject(sql, { address: 'จ.ภูเก็ต' });
    await insertProject(sql, { address: 'somewhere' });
    await classifyProjects(sql);
    const after = await everything(sql);
    expect(await classifyProjects(sql)).toMatchObject({ provinces: 0, regions: 0, facilityTypes: 0 });
    expect(await everything(sql)).toEqual(after);
  });

  test('a column that was emptied again is filled again, under the assignment that is there', async () => {
    const id = await insertProject(sql, { name: 'อ่างเก็บน้ำ', address: 'จ.น่าน' });
    await classifyProjects(sql);
    await sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL`;
    await classifyProjects(sql);
    expect(await project(sql, id)).toEqual({ province: 'น่าน', region: 'northern', facility: 'reservoir' });
    expect(await regionAssignments(sql)).toHaveLength(1);
    expect(await facilityAssignments(sql)).toHaveLength(1);
  });

  test('projects that can get no region are not even read again', async () => {
    await insertProject(sql, { address: 'จ.ภูเก็ต', facility: 'reservoir' });
    expect(await classifyProjects(sql)).toMatchObject({ read: 1, provinces: 1 });
    expect(await classifyProjects(sql)).toMatchObject({ read: 0 });
  });
});

test('demo projects that lost their regions and facility types get them back, each once though several runs go at once', async () => {
  await seedDemo(sql, { projects: 600, seed: 3, today: '2026-11-22' });
  await sql`CREATE TABLE was AS SELECT "ProjectId", "Region", "FacilityType" FROM "Projects"`;
  await sql`UPDATE "Projects" SET "Region" = NULL, "FacilityType" = NULL, "Province" = NULL`;
  await Promise.all([1, 2, 3].map(() => classifyProjects(sql)));
  await classifyProjects(sql);
  const twice = sql`
    SELECT FROM "ProjectRegionAssignments" GROUP BY "ProjectId" HAVING count(*) > 1
    UNION ALL SELECT FROM "ProjectFacilityAssignments" GROUP BY "ProjectId" HAVING count(*) > 1`;
  expect(await twice).toHaveLength(0);
  const [row] = await sql`
    SELECT count(*) FILTER (WHERE p."Region" <> was."Region") AS wrong,
      count(*) FILTER (WHERE p."Region" = was."Region") AS regions,
      count(*) FILTER (WHERE p."Region" IS NULL AND was."Region" <> 'unknown') AS lost,
      count(*) FILTER (WHERE p."FacilityType" = was."FacilityType") AS facilities,
      count(*) FILTER (WHERE p."Province" IS NULL) AS nowhere
    FROM "Projects" p JOIN was USING ("ProjectId")
    WHERE was."Region" <> 'isan' AND was."Region" = lower(was."Region")
      AND was."FacilityType" <> 'desalination_plant' AND was."FacilityType" = lower(was."FacilityType")`;
  expect(row?.['wrong']).toBe(0);
  expect(row?.['regions']).toBeGreaterThan(360);
  expect(row?.['lost']).toBe(0);
  expect(row?.['facilities']).toBeGreaterThan(540);
  expect(row?.['nowhere']).toBe(0);
});

test('the job classifies, and the statistics follow', async () => {
  const service = await runForTest({}, (sql) => insertProject(sql, { address: 'จ.น่าน' }));
  const { jobs } = await (await service.get('/jobs')).json();
  expect(jobs).toContainEqual(expect.objectContaining({ name: 'classify', schedule: 'off' }));
  const ran = await (await service.post('/jobs/classify/run', {})).json();
  expect(ran).toMatchObject({ outcome: 'succeeded', detail: expect.stringContaining('regions 1') });
  const answer = await service.get('/stats/regions/northern', { 'Cache-Control': 'no-cache' });
  expect(await answer.json()).toMatchObject({ statistics: { totalProjects: 1 } });
});
