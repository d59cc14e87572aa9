import { expect, test } from 'vitest';
import { insertDemoHistory } from '../../src/demo/history.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');

/** What was kept of one figure, the oldest day first. */
async function series(key: string, path: string): Promise<number[]> {
  const rows = await database.sql`
    SELECT figures[array_position(paths, ${path})]::float8 AS figure
    FROM dashboard_stats.history JOIN dashboard_stats.history_paths USING (paths_id)
    WHERE cache_key = ${key} ORDER BY day`;
  return rows.map((row) => row['figure']);
}

test('a demo has figures of the last 90 days for each scope, none of them estimated; those of a day that has been served stay', async () => {
  const { sql } = database;
  await seedDemo(sql, { projects: 400, seed: 1 });
  // Of one scope, yesterday has been served, and the day before is an estimate.
  await sql`INSERT INTO dashboard_stats.history_paths (paths) VALUES ('{totalProjects}')`;
  await sql`
    INSERT INTO dashboard_stats.history (cache_key, day, estimated, paths_id, as_of, figures)
    SELECT 'facility:reservoir', (now() AT TIME ZONE 'Asia/Bangkok')::date - ago, ago = 2, paths_id, now(), '{7777}'
    FROM dashboard_stats.history_paths, generate_series(1, 2) AS ago`;
  expect(await insertDemoHistory(sql, 'Asia/Bangkok')).toBe(true);
  const [estimated, served] = (await series('facility:reservoir', 'totalProjects')).slice(-2);
  expect([served, (estimated ?? 0) > 10 && (estimated ?? 0) < 400]).toEqual([7777, true]);
  const [kept] = await sql`
    SELECT count(*), count(DISTINCT cache_key) AS keys, bool_or(estimated) AS estimated,
      min(day) = (now() AT TIME ZONE 'Asia/Bangkok')::date - 90 AS first,
      max(day) = (now() AT TIME ZONE 'Asia/Bangkok')::date - 1 AS last
    FROM dashboard_stats.history`;
  expect(kept).toEqual({ count: 13 * 90, keys: 13, estimated: false, first: true, last: true });

  // What the projects are now, had they been so in the evening of yesterday.
  const [rows] = await sql`
    SELECT count(*) FILTER (WHERE "CreatedAt" < d) AS total,
      count(*) FILTER (WHERE "ActualEndDate" < d OR "Status" = 2 AND "LastStatusChange" < d) AS completed
    FROM "Projects", (SELECT (now() AT TIME ZONE 'Asia/Bangkok')::date::timestamp AT TIME ZONE 'Asia/Bangkok' AS d) day`;
  expect((await series('global', 'totalProjects')).at(-1)).toBe(rows?.['total']);
  const completed = await series('global', 'statusBreakdown.completed');
  expect(completed.at(-1)).toBe(rows?.['completed']);
  // Nothing that was completed is opened again, and 90 days make a difference.
  expect(completed).toEqual(completed.toSorted((a, b) => a - b));
  expect(completed[89]).toBeGreaterThan((completed[0] ?? 0) * 1.1);

  const regions = await Promise.all(
    ['northern', 'western', 'central', 'northeastern', 'eastern', 'southern', 'unknown'].map((name) =>
      series(`region:${name}`, 'totalProjects'),
    ),
  );
  expect(await series('global', 'totalProjects')).toEqual(
    regions.reduce((sums, region) => sums.map((sum, day) => sum + (region[day] ?? 0))),
  );
  for (const path of ['schedule.overdue', 'schedule.dueNext30Days', 'activity.eventsToday'])
    expect(Math.min(...(await series('global', path))), path).toBeGreaterThan(0);
});

test('a large demo gets none', async () => {
  await seedDemo(database.sql, { projects: 2_001, seed: 1 });
  expect(await insertDemoHistory(database.sql, 'Asia/Bangkok')).toBe(false);
  expect(await series('global', 'totalProjects')).toEqual([]);
});
