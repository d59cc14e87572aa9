/** The job purge: what has had its time goes, and nothing that is the application's. */
import { describe, expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { purge } from '../../src/jobs/purge.ts';
import { lastRuns } from '../../src/jobs/sql/job-runs.ts';
import { eachTestGets, holding } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { ranJob } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

const database = eachTestGets('migrated');
const { sql } = database;

const KEPT = {
  EVENT_LOG_RETENTION_DAYS: 30,
  JOB_RUNS_RETENTION_DAYS: 30,
  HISTORY_DAYS: 30,
  AUDIT_RETENTION_DAYS: 400,
};
const run = (days: Partial<typeof KEPT> = {}) =>
  purge(sql, { ...KEPT, ...days }, () => refresh(engineContext(sql), { force: true }));

describe('events', () => {
  const add = (type: string, user: string | null, days: number, rows = 1) => sql`
    INSERT INTO "RealTimeEventsLog" ("EventType", "EntityType", "EntityId", "UserName", "CreatedAt")
    SELECT ${type}, 'x', gen_random_uuid(), ${user}, now() - ${days} * INTERVAL '1 day' FROM generate_series(1, ${rows})`;
  test('of ours that are older than the retention go, in as many batches as it takes', async () => {
    await add('StatsRefreshed', 'dashboard-stats', 31, 5_000);
    await add('StatsInvalidated', 'dashboard-stats', 31);
    await add('StatsRefreshed', 'dashboard-stats', 29);
    await add('StatsRefreshed', 'theirs', 400);
    await add('StatsRefreshed', null, 400);
    await add('ProjectUpdated', 'dashboard-stats', 400);
    expect(await run()).toContain('events 5001,');
    const left = await sql`
      SELECT concat_ws(' ', "EventType", "UserName", round(extract(epoch FROM now() - "CreatedAt") / 86400)) AS row
      FROM "RealTimeEventsLog" ORDER BY 1`;
    expect(left.map(({ row }) => row)).toEqual([
      'ProjectUpdated dashboard-stats 400',
      'StatsRefreshed 400',
      'StatsRefreshed dashboard-stats 29',
      'StatsRefreshed theirs 400',
    ]);
    expect(await run({ EVENT_LOG_RETENTION_DAYS: 7 })).toContain('events 1,');
  });
});

describe('notifications', () => {
  const add = (method: string, author: string | null, minutes: number | null) => sql`
    INSERT INTO "RealTimeNotifications"
      ("GroupName", "EventType", "EntityType", "EntityId", "Title", "Message", "CreatedBy", "ExpiresAt")
    VALUES ('all_users', ${method}, 'x', gen_random_uuid(), ${`${method} ${author} ${minutes}`}, 'x', ${author},
      now() + ${minutes} * INTERVAL '1 minute')`;
  test('of ours that have expired go', async () => {
    for (const method of ['ProjectStatsUpdated', 'RegionalProjectUpdate', 'WaterFacilityUpdate'])
      await add(method, 'dashboard-stats', -1);
    const stay: Parameters<typeof add>[] = [
      ['ProjectCreated', 'dashboard-stats', -1],
      ['ProjectStatsUpdated', 'dashboard-stats', 1],
      ['ProjectStatsUpdated', 'dashboard-stats', null],
      ['ProjectStatsUpdated', 'theirs', -1],
      ['ProjectStatsUpdated', null, -1],
    ];
    for (const one of stay) await add(...one);
    expect(await run()).toContain('notifications 3,');
    const left = await sql`SELECT "Title" AS title FROM "RealTimeNotifications" ORDER BY 1`;
    expect(left.map(({ title }) => title)).toEqual(stay.map((one) => one.map(String).join(' ')).sort());
  });

  test('that the hub holds stay for the next time, and are not waited for', async () => {
    await add('ProjectStatsUpdated', 'dashboard-stats', -1);
    const hub = await holding(database.url, 'SELECT FROM "RealTimeNotifications" FOR UPDATE');
    expect(await run()).toContain('notifications 0,');
    await hub`COMMIT`;
    expect(await run()).toContain('notifications 1,');
  });
});

test('job runs go when they are old, but not the newest of each job nor one under way', async () => {
  await sql`
    INSERT INTO dashboard_stats.job_runs (job, scheduled_at, finished_at, outcome, node)
    SELECT job, now() - day * INTERVAL '1 day', now() - day * INTERVAL '1 day', 'succeeded', 'a'
    FROM generate_series(0, 59) day, unnest(ARRAY['audit', 'classify']) job
    UNION ALL SELECT 'yearly', now() - INTERVAL '300 days', now() - INTERVAL '300 days', 'failed', 'a'
    UNION ALL SELECT 'classify', now() - INTERVAL '99 days', NULL, NULL, 'a'`;
  expect(await run()).toContain('job runs 60,');
  const left = await sql`
    SELECT job, count(*) AS n, max(now()::date - scheduled_at::date) AS oldest
    FROM dashboard_stats.job_runs GROUP BY job ORDER BY job`;
  expect(left).toEqual([
    { job: 'audit', n: 30, oldest: 29 },
    { job: 'classify', n: 31, oldest: 99 },
    { job: 'yearly', n: 1, oldest: 300 },
  ]);
  expect(await run({ JOB_RUNS_RETENTION_DAYS: 1 })).toContain('job runs 20,');
});

test('a job run that a node scheduled for the future goes, and is not shown as the newest', async () => {
  await sql`DELETE FROM dashboard_stats.job_runs`;
  const runs = [
    { job: 'audit', scheduled_at: new Date(Date.now() + 400 * 86_400_000), started_at: new Date(0) },
    { job: 'audit', scheduled_at: new Date(Date.now() - 1_000), started_at: new Date() },
  ].map((run) => ({ ...run, finished_at: new Date(), outcome: 'succeeded', node: 'a' }));
  await sql`INSERT INTO dashboard_stats.job_runs ${sql(runs)}`;
  const newest = [{ scheduledAt: runs[1]?.scheduled_at }];
  expect(await lastRuns(sql, 1)).toMatchObject(newest);
  expect(await run()).toContain('job runs 1,');
  expect(await lastRuns(sql, 5)).toMatchObject(newest);
});

test('admin actions go after their retention', async () => {
  await sql`
    INSERT INTO dashboard_stats.admin_actions (at, who, action, target)
    SELECT now() - day * INTERVAL '1 day', 'a', 'recompute', '{}' FROM unnest(ARRAY[1, 399, 401, 900]) day`;
  expect(await run()).toContain('admin actions 2,');
  expect(await run({ AUDIT_RETENTION_DAYS: 7 })).toContain('admin actions 1,');
});

test('documents of scopes that no longer exist are deleted though no trigger marked them; the rows of others stay', async () => {
  await refresh(engineContext(sql));
  await sql`
    INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "Statistics", "ExpiresAt")
    VALUES ('region:western', 'user', '{}', now() - INTERVAL '1 year'), ('region:eastern', 'regional', '{}', now())`;
  await sql`UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'western'`;
  await sql`DELETE FROM dashboard_stats.marks`;
  expect(await run()).toContain('documents 1.');
  const left = await sql`
    SELECT "CacheKey" AS key, "CacheType" AS type FROM "DashboardStatsCache" WHERE "CacheKey" ~ 'ern$' ORDER BY 1`;
  expect(left).toEqual([
    { key: 'region:eastern', type: 'regional' },
    { key: 'region:northern', type: 'regional' },
    { key: 'region:western', type: 'user' },
  ]);
});

test('the service has the job, with its settings', async () => {
  const service = await runForTest({ EVENT_LOG_RETENTION_DAYS: '2' });
  await service.sql`
    INSERT INTO "RealTimeEventsLog" ("EventType", "EntityType", "EntityId", "UserName", "CreatedAt")
    VALUES ('StatsRefreshed', 'x', gen_random_uuid(), 'dashboard-stats', now() - INTERVAL '3 days')`;
  const { jobs } = await (await service.get('/jobs')).json();
  expect(jobs).toContainEqual(expect.objectContaining({ name: 'purge', schedule: '15 3 * * *' }));
  expect(await ranJob(service, 'purge')).toMatchObject({
    outcome: 'succeeded',
    detail: expect.stringContaining('events 1,'),
  });
});
