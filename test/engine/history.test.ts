/** The history: what was served last on each local day, and what the projects tell of the days before. */
import { describe, expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { estimateHistory } from '../../src/engine/estimate-history.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { insertProject } from '../support/application/projects.ts';
import { TIME_ZONE } from '../support/oracle/exact.ts';
import { naiveDocuments, readRaw } from '../support/oracle/naive-statistics.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');
const run = (options = {}) => refresh(engineContext(database.sql), options);

const estimate = () => estimateHistory(engineContext(database.sql));

/** Lets the kept documents be those of so many days ago. */
const daysPass = (days = 1) =>
  database.sql`
    WITH history AS (UPDATE dashboard_stats.history SET day = day - ${days}::integer WHERE NOT estimated)
    UPDATE dashboard_stats.state SET local_date = local_date - ${days}::integer`;

/** A figure by day, counted from today: -1 is yesterday. */
async function trend(key: string, path: string) {
  const rows = await database.sql<{ ago: number; figure: string | null; estimated: boolean }[]>`
    SELECT day - (SELECT local_date FROM dashboard_stats.state) AS ago, estimated,
      figures[array_position(paths, ${path})]::text AS figure
    FROM dashboard_stats.history JOIN dashboard_stats.history_paths USING (paths_id)
    WHERE cache_key = ${key} ORDER BY day`;
  return new Map(rows.map((row) => [row.ago, row]));
}

describe('The first refresh of a new day', () => {
  test('keeps the documents as they were served last, whatever has changed since', async () => {
    const { sql } = database;
    const id = await insertProject(sql, { region: 'northern', kw: 12.5 });
    await run();
    await sql`UPDATE "Projects" SET "TotalCapacityKw" = 99.25 WHERE "ProjectId" = ${id}`;
    await run();
    const [{ version }] = await sql<[{ version: number }]>`
      SELECT "Version" AS version FROM "DashboardStatsCache" WHERE "CacheKey" = 'region:northern'`;
    await daysPass();
    await sql`DELETE FROM "Projects"`;
    await run();
    expect((await trend('region:northern', 'capacity.totalKw')).get(-1)).toEqual({
      ago: -1,
      figure: '99.25',
      estimated: false,
    });
    expect((await trend('global', 'averageCompletion')).get(-1)?.figure).toBe('0');
    expect((await trend('global', 'statusBreakdown.unknown')).get(-1)?.figure).toBe('0');
    const rows = await sql`
      SELECT version FROM dashboard_stats.history WHERE cache_key = 'region:northern' AND NOT estimated`;
    expect(rows).toEqual([{ version }]);
  });

  test('keeps one day only where the service was away for several', async () => {
    await run();
    await daysPass(3);
    await run();
    const days = await trend('global', 'business.fts');
    expect([-3, -2, -1].map((ago) => days.get(ago)?.figure ?? null)).toEqual(['0', null, null]);
  });

  test('takes no number for the names of its figures where they are known', async () => {
    for (let n = 0; n < 3; n++) await run({ force: true, full: true });
    const numbers = await database.sql`SELECT last_value FROM dashboard_stats.history_paths_paths_id_seq`;
    expect(numbers).toEqual([{ last_value: 1 }]);
  });

  test('keeps nothing where its transaction is rolled back', async () => {
    const { sql } = database;
    await run();
    await daysPass();
    await insertProject(sql);
    await sql`ALTER TABLE "DashboardStatsCache" ADD CONSTRAINT refused CHECK ("ExpiresAt" < now()) NOT VALID`;
    await expect(run()).rejects.toThrow();
    await sql`ALTER TABLE "DashboardStatsCache" DROP CONSTRAINT refused`;
    expect((await trend('global', 'totalProjects')).get(0)).toBeUndefined();
    await run();
    expect((await trend('global', 'totalProjects')).get(-1)?.estimated).toBe(false);
  });

  test('keeps what a scope showed that was deactivated during the day', async () => {
    const { sql } = database;
    await insertProject(sql, { region: 'northern' });
    await run();
    await sql`UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'northern'`;
    await run();
    await daysPass();
    await run();
    expect((await trend('region:northern', 'totalProjects')).get(-1)).toMatchObject({
      figure: '1',
      estimated: false,
    });
  });
});

describe('A day', () => {
  /** How many projects the history has for each day. */
  const kept = async () =>
    Object.fromEntries(
      (
        await database.sql<{ day: string; total: string }[]>`
          SELECT day::text, figures[array_position(paths, 'totalProjects')]::text AS total
          FROM dashboard_stats.history JOIN dashboard_stats.history_paths USING (paths_id)
          WHERE cache_key = 'global' AND NOT estimated ORDER BY day`
      ).map(({ day, total }) => [day, Number(total)]),
    );
  /** A project more, and a refresh at that time: the clock of the statistics is never before an earlier one. */
  async function refreshAt(time: string, timeZone: string, options = {}) {
    await insertProject(database.sql);
    await database.sql`UPDATE dashboard_stats.state SET as_of = ${time}`;
    await refresh({ ...engineContext(database.sql), timeZone }, options);
  }

  test.each([
    [
      'of 23 hours, when clocks go forward',
      '2051-03-12T04:59Z 2051-03-12T05:01Z 2051-03-13T03:59Z 2051-03-13T04:01Z 2051-03-14T12:00Z',
      { '2051-03-11': 1, '2051-03-12': 3, '2051-03-13': 4 },
    ],
    [
      'of 25 hours, when clocks go back',
      '2051-11-05T03:59Z 2051-11-05T04:01Z 2051-11-06T04:59Z 2051-11-06T05:01Z 2051-11-07T12:00Z',
      { '2051-11-04': 1, '2051-11-05': 3, '2051-11-06': 4 },
    ],
  ])('%s, is a local day', async (_, times, days) => {
    for (const time of times.split(' ')) await refreshAt(time, 'America/New_York');
    expect(await kept()).toEqual(days);
  });

  test('of the old time zone stays when statistics are recomputed in another one', async () => {
    await refreshAt('2051-06-15T20:00Z', 'Asia/Bangkok');
    await refreshAt('2051-06-15T20:00Z', 'America/New_York', { full: true });
    expect(await kept()).toEqual({ '2051-06-16': 1 });
    await refreshAt('2051-06-20T12:00Z', 'America/New_York');
    const today = Object.keys(await kept())[0];
    expect(await kept()).toEqual({ [today as string]: 2, '2051-06-16': 1 });
  });
});

describe('A database without history', () => {
  /** This time of day, so many days ago. */
  const daysAgo = (ago: number) => new Date(Date.now() - ago * 86_400_000);

  interface Project {
    status: number;
    created: number;
    due?: number;
    ended?: number;
    changed?: number | '-infinity';
  }
  async function insert({ status, created, due, ended, changed }: Project, region = 'northern') {
    const { sql } = database;
    const id = await insertProject(sql, { region, status, kw: 10 });
    const day = (ago: number | undefined) => (ago === undefined ? null : daysAgo(ago));
    await sql`UPDATE "Projects" SET "CreatedAt" = ${daysAgo(created)}, "EstimatedEndDate" = ${day(due)},
      "ActualEndDate" = ${day(ended)} WHERE "ProjectId" = ${id}`;
    if (changed !== undefined)
      await sql`INSERT INTO "ProjectStatusHistory" ("ProjectId", "OldStatus", "NewStatus", "ChangedAt")
        VALUES (${id}, 1, ${status}, ${changed === '-infinity' ? changed : daysAgo(changed)})`;
  }

  // Figures as `days ago:figure`.
  test.each<[string, Project, ...string[]]>([
    ['counts from the day of its creation', { status: 0, created: 20 }, 'totalProjects 21:0 20:1 1:1'],
    [
      'is completed from its last status change on',
      { status: 2, created: 200, ended: 40, changed: 10 },
      'statusBreakdown.completed 11:0 10:1',
      'capacity.completedKw 11:0 10:10',
      'completionPercentage 11:0 10:100',
    ],
    [
      'is completed from its end on where no change is recorded',
      { status: 2, created: 200, ended: 40 },
      'statusBreakdown.completed 41:0 40:1',
    ],
    [
      'is completed on every day where its last status change was before all of them',
      { status: 2, created: 200, ended: 40, changed: 100 },
      'statusBreakdown.completed 89:1 1:1',
    ],
    [
      'is completed from its end on where the time of its status change is none',
      { status: 2, created: 200, ended: 40, changed: '-infinity' },
      'statusBreakdown.completed 41:0 40:1',
    ],
    [
      'is completed on every day where nothing tells since when',
      { status: 2, created: 200 },
      'statusBreakdown.completed 89:1 1:1',
    ],
    [
      'is overdue from the day after it was due until it ended',
      { status: 2, created: 200, due: 30, ended: 5 },
      'schedule.overdue 30:0 29:1 6:1 5:0',
    ],
    [
      'is overdue to this day where it is open',
      { status: 1, created: 200, due: 2 },
      'schedule.overdue 2:0 1:1',
    ],
    [
      'is never overdue where it ended in time',
      { status: 2, created: 200, due: 30, ended: 31 },
      'schedule.overdue 32:0 29:0 1:0',
    ],
    [
      'is not overdue before it was created',
      { status: 1, created: 10, due: 60 },
      'schedule.overdue 11:0 10:1',
    ],
  ])('estimates that a project %s', async (_, project, ...expected) => {
    await insert(project);
    await run();
    await estimate();
    for (const key of ['global', 'region:northern'])
      for (const [path = '', ...days] of expected.map((line) => line.split(' '))) {
        const kept = await trend(key, path);
        const found = days.map(
          (day) => `${Number.parseInt(day, 10)}:${kept.get(-Number.parseInt(day, 10))?.figure}`,
        );
        expect(found, `${key} ${path}`).toEqual(days);
        expect([...kept.values()].every(({ estimated }) => estimated)).toBe(true);
        expect([kept.size, kept.has(-89), kept.has(0)]).toEqual([89, true, false]);
      }
  });

  test('gets for each day what the naive computation gives for the projects of that day', async () => {
    const { sql } = database;
    await seedDemo(sql, { projects: 150, seed: 3 });
    // Ends that no change of status tells of, and ends that others contradict.
    await sql`UPDATE "Projects" SET "ActualEndDate" = now() - INTERVAL '20 days' WHERE "ActualEndDate" IS NOT NULL`;
    await sql`DELETE FROM "ProjectStatusHistory" WHERE right("ProjectId"::text, 1) < '4'`;
    await run();
    await estimate();
    const raw = await readRaw(sql);
    const told = await sql<{ id: string; created: string; closed: string | null }[]>`
      SELECT "ProjectId"::text AS id, ("CreatedAt" AT TIME ZONE ${TIME_ZONE})::date::text AS created,
        CASE WHEN "Status" IN (2, 4) THEN (coalesce((SELECT max("ChangedAt") FROM "ProjectStatusHistory" h
            WHERE h."ProjectId" = p."ProjectId"), CASE WHEN "Status" = 2 THEN "ActualEndDate" END)
          AT TIME ZONE ${TIME_ZONE})::date::text END AS closed
      FROM "Projects" p`;
    const byId = new Map(told.map((row) => [row.id, row]));
    const rows = await sql<{ key: string; day: string; figures: number[] }[]>`
      SELECT cache_key AS key, day::text, to_jsonb(figures) AS figures FROM dashboard_stats.history ORDER BY day`;
    const days = [...new Set(rows.map(({ day }) => day))];
    expect(days).toHaveLength(89);
    for (const day of days) {
      const ofDay = rows.filter((row) => row.day === day);
      const projects = raw.projects
        .filter(({ projectId }) => (byId.get(projectId)?.created ?? '') <= day)
        .map((row) => ((byId.get(row.projectId)?.closed ?? '') > day ? { ...row, status: '1' } : row));
      const then = { ...raw, projects, activities: [], statusChanges: [] };
      const asOf = new Date(`${day}T12:00:00Z`);
      const naive = naiveDocuments(then, { asOf, timeZone: TIME_ZONE, provinceNames: [] });
      const figures = [...naive].map(([key, { statistics: s }]) => {
        const { totalProjects, statusBreakdown, completionPercentage, capacity, schedule } = s;
        const ofCapacity = [capacity.totalKw, capacity.completedKw];
        return [
          key,
          [
            totalProjects,
            (statusBreakdown as Record<string, number>)['completed'],
            completionPercentage,
            ...ofCapacity,
            schedule.overdue,
          ],
        ];
      });
      expect({ day, ...Object.fromEntries(ofDay.map(({ key, figures }) => [key, figures])) }).toEqual({
        day,
        ...Object.fromEntries(figures),
      });
    }
  });

  test('gets estimates once, and never over what was served', async () => {
    await run();
    await daysPass();
    await run();
    await estimate();
    expect((await trend('global', 'totalProjects')).get(-1)?.estimated).toBe(false);
  });
});
