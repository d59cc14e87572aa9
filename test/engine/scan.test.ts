/** The scan of three projects, against results worked out by hand. */
import { expect, test } from 'vitest';
import { scan } from '../../src/engine/scan.ts';
import { addThreeProjects, asEngine, byKey, THE_DAY } from '../support/application/three-projects.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');

test('a scan counts each project in every scope that it belongs to', async () => {
  await addThreeProjects(database.sql);
  const documents = byKey(await asEngine(database.sql, (tx) => scan(tx, THE_DAY)));
  expect(documents['global']).toMatchObject({
    totalProjects: 3,
    statusBreakdown: { planning: 1, inProgress: 1, completed: 1, onHold: 0, cancelled: 0 },
    completionPercentage: 33.33,
    averageCompletion: 45,
    completionHistogram: [1, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    capacity: { totalKw: 12.75, completedKw: 10.5 },
    schedule: {
      overdue: 1,
      startingNext30Days: 1,
      completedLast30Days: 1,
      completedOnTime: 0,
      completedLate: 1,
      completedPerMonth: expect.arrayContaining([{ month: '2026-06', count: 1 }]),
    },
    activity: { eventsToday: 2 },
    location: {
      provinces: [
        { province: 'other', total: 1, completed: 0, totalKw: 2, overdue: 1 },
        { province: 'เชียงใหม่', total: 1, completed: 1, totalKw: 10.5, overdue: 0 },
      ],
    },
  });
  expect(documents['region:northern']).toMatchObject({
    totalProjects: 2,
    breakdown: {
      facilities: expect.arrayContaining([
        { name: 'reservoir', total: 1, completed: 1, totalKw: 10.5, overdue: 0 },
        { name: 'unassigned', total: 1, completed: 0, totalKw: 2, overdue: 1 },
      ]),
    },
  });
  expect(documents['facility:reservoir']).toMatchObject({ totalProjects: 2, capacity: { totalKw: 10.75 } });
  expect(documents['region:central']).toMatchObject({ totalProjects: 0, averageCompletion: null });
});

test('an authority is the project’s own, else that of its active facility type, without the blanks around it', async () => {
  const { sql } = database;
  await addThreeProjects(sql);
  const authorities = async (key = 'global') => {
    const documents = byKey(await asEngine(sql, (tx) => scan(tx, THE_DAY)));
    return documents[key].breakdown.authorities;
  };
  await sql`UPDATE "WaterFacilityTypes" SET "Authority" = ' PWA ' WHERE "FacilityTypeName" = 'reservoir'`;
  await sql`UPDATE "Projects" SET "WaterAuthority" = '  ' WHERE "Region" = 'western'`;
  const unassigned = { name: 'unassigned', total: 1, completed: 0, totalKw: 2, overdue: 1 };
  expect(await authorities()).toEqual([
    { name: 'PWA', total: 2, completed: 1, totalKw: 10.75, overdue: 0 },
    unassigned,
  ]);
  await sql`UPDATE "Projects" SET "WaterAuthority" = ' MWA' WHERE "Region" = 'western'`;
  expect(await authorities('facility:reservoir')).toEqual([
    { name: 'MWA', total: 1, completed: 0, totalKw: 0.25, overdue: 0 },
    { name: 'PWA', total: 1, completed: 1, totalKw: 10.5, overdue: 0 },
  ]);
  await sql`UPDATE "WaterFacilityTypes" SET "IsActive" = false WHERE "FacilityTypeName" = 'reservoir'`;
  expect(await authorities('region:northern')).toEqual([
    { name: 'unassigned', total: 2, completed: 1, totalKw: 12.5, overdue: 1 },
  ]);
});

test('a status that is none of the known ones makes the member `unknown` appear', async () => {
  await addThreeProjects(database.sql);
  await database.sql`UPDATE "Projects" SET "Status" = 99 WHERE "Region" = 'western'`;
  const documents = byKey(await asEngine(database.sql, (tx) => scan(tx, THE_DAY)));
  expect(documents['region:western'].statusBreakdown).toHaveProperty('unknown', 1);
  expect(documents['region:northern'].statusBreakdown).not.toHaveProperty('unknown');
});
