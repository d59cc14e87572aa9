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
