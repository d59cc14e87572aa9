/** The platform's clock: one tick a minute, due jobs claimed through the table of runs, also beside Node nodes (G9). */
import { beforeEach, expect, test } from 'vitest';
import { notifications } from '../support/application/hub.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { runForTest, serviceForAll, sharedByAll } from '../support/service/running-service.ts';
import { runWorker, runWorkerForTest } from '../support/service/running-worker.ts';

// Off on Node, so that what runs was started by the Worker; the other way round in the last test.
const QUIET = { CRON_REFRESH_EXPIRED: 'off', CRON_AUDIT: 'off', CRON_PURGE: 'off' };
// The table of runs has one row for each time, however often it was run.
const node = serviceForAll(QUIET, (sql) =>
  sql.unsafe(`
    CREATE TABLE starts (run text);
    CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.starts VALUES (NEW.job || ' ' || to_char(NEW.scheduled_at AT TIME ZONE 'UTC', 'HH24:MI'));
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_start AFTER INSERT OR UPDATE OF started_at ON dashboard_stats.job_runs
      FOR EACH ROW EXECUTE FUNCTION note_start()`),
);
const worker = sharedByAll(() => runWorker({ CRON_PURGE: '15 3 * * *' }, undefined, node));
// A database in which nothing has run.
beforeEach(() => node.sql`TRUNCATE dashboard_stats.job_runs, starts`);

const runs = () => node.sql<{ job: string; at: string; outcome: string; node: string }[]>`
  SELECT job, to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS at, outcome, node
  FROM dashboard_stats.job_runs ORDER BY scheduled_at, job`;

const starts = async () =>
  (await node.sql<{ run: string }[]>`SELECT run FROM starts ORDER BY run`).map(({ run }) => run);

test('a tick runs what is due in that minute, once however often it comes', async () => {
  const at = new Date('2026-11-25T05:15:00Z');
  await Promise.all([worker.tick(at), worker.tick(at)]);
  await worker.tick(at);
  const name = expect.stringMatching(/^workers:[0-9a-f]{8}$/);
  expect(await runs()).toEqual([
    { job: 'audit', at: '2026-11-25 05:15', outcome: 'succeeded', node: name },
    { job: 'refresh-expired', at: '2026-11-25 05:15', outcome: 'succeeded', node: name },
  ]);
  expect(await starts()).toEqual(['audit 05:15', 'refresh-expired 05:15']);
});

test('/__scheduled, as a person calls it, runs what is due now', async () => {
  const answer = await worker.get('/__scheduled?cron=*+*+*+*+*');
  expect(await answer.text()).toBe('Ran scheduled event');
  expect((await runs()).map(({ job }) => job)).toContain('refresh-expired');
});

test('due is what STATS_TIME_ZONE says, and a tick that the platform left out is made up for once', async () => {
  // 3:15 in Bangkok. A new database has missed nothing.
  await worker.tick(new Date('2026-11-24T20:30:00Z'));
  expect((await runs()).filter(({ job }) => job === 'purge')).toEqual([]);
  await worker.tick(new Date('2026-11-25T20:15:00Z'));
  await worker.tick(new Date('2026-11-26T20:20:00Z'));
  await worker.tick(new Date('2026-11-26T20:21:00Z'));
  expect((await runs()).filter(({ job }) => job === 'purge')).toMatchObject([
    { at: '2026-11-25 20:15', outcome: 'succeeded' },
    { at: '2026-11-26 20:15', outcome: 'succeeded' },
  ]);
});

test('beside Node nodes that keep time too, each time of a job runs once', async () => {
  const at = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  await runForTest({ CRON_AUDIT: '* * * * *', CRON_PURGE: 'off' }, undefined, { beside: node });
  await Promise.all([worker.tick(at), worker.tick(at), worker.tick(at)]);
  await until(async () => (await runs()).every(({ outcome }) => outcome === 'succeeded'));
  const started = await starts();
  expect(started).toEqual([...new Set(started)]);
  expect(started.some((run) => run.startsWith('refresh-expired'))).toBe(true);
});

test('a tick refreshes what nobody has read, builds cells, and delivers to the hub', async () => {
  const alone = await runWorkerForTest({}, (sql) => insertProject(sql, { region: 'northern' }));
  await alone.tick();
  const [state] = await alone.sql<[{ generation: number }]>`SELECT generation FROM dashboard_stats.state`;
  expect(state.generation).toBeGreaterThan(0);
  await insertProject(alone.sql, { region: 'northern' });
  await alone.tick(new Date(Date.now() + 60_000));
  const [kept] = await alone.sql`
    SELECT "Statistics" -> 'totalProjects' AS total FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`;
  expect(kept).toEqual({ total: 2 });
  expect(await notifications(alone.sql)).not.toEqual([]);
});
