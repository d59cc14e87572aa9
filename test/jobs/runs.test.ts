/** G9: a job completes once per scheduled time across all nodes, never overlaps itself, and survives whoever is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { runJob } from '../../src/jobs/runner.ts';
import { lastRuns, orphanedRuns } from '../../src/jobs/sql/job-runs.ts';
import { CronSchedule } from '../../src/runtime/node/cron.ts';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';

let database: TestDatabase;
let sql: TestDatabase['sql'];
beforeEach(async () => {
  database = await createDatabase();
  sql = database.sql;
});
afterEach(() => database.drop());

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const AT = new Date('2026-11-23T03:15:00Z');
const LATER = new Date('2026-11-23T03:16:00Z');

function job(work: () => Promise<string> = async () => 'done', schedule = '* * * * *') {
  let runs = 0;
  const run = () => {
    runs++;
    return work();
  };
  return { name: 'a-job', description: '', schedule, run, runs: () => runs };
}
const on = (node: string, what: ReturnType<typeof job>, at = AT, missed = false) =>
  runJob({ sql, log, node }, what, at, missed);
/** As if the node of the run under way had been killed a minute ago. */
const killNode = () =>
  sql`UPDATE dashboard_stats.job_runs SET heartbeat_at = heartbeat_at - INTERVAL '1 minute'`;

test('of twenty nodes one runs it', async () => {
  const once = job();
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => on(`node ${i}`, once)));
  expect(outcomes.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
  expect(once.runs()).toBe(1);
});

test('while a run is under way the next one is left out, on every node', async () => {
  let end: (detail: string) => void = () => {};
  const long = job(() => new Promise((resolve) => (end = resolve)));
  const first = on('one', long);
  await expect.poll(long.runs).toBe(1);
  expect(await on('two', long, LATER)).toMatchObject({ outcome: 'elsewhere' });
  end('at last');
  expect(await first).toEqual({ outcome: 'succeeded', detail: 'at last' });
  expect(await on('two', job(), LATER)).toMatchObject({ outcome: 'succeeded' });
});

test('a run that succeeded is recorded so, also where the connection was lost at its end', async () => {
  const pool = connect(database.url, { max: 1 });
  try {
    const done = job(async () => {
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%job_runs%'`;
      return 'done';
    });
    const ended = await runJob({ sql: pool, log, node: 'one' }, done, AT);
    expect(ended).toEqual({ outcome: 'succeeded', detail: 'done' });
    expect(await lastRuns(sql, 1)).toMatchObject([{ outcome: 'succeeded', detail: 'done' }]);
  } finally {
    await pool.end({ timeout: 1 });
  }
});

test('a run whose node was killed is taken over, and completes once', async () => {
  let end: (detail: string) => void = () => {};
  const hung = on(
    'killed',
    job(() => new Promise((resolve) => (end = resolve))),
  );
  await expect.poll(async () => (await lastRuns(sql, 1)).length).toBe(1);
  expect(await on('too early', job())).toMatchObject({ outcome: 'elsewhere' });
  await killNode();
  expect(await orphanedRuns(sql)).toEqual([{ job: 'a-job', scheduledAt: AT }]);
  expect(await on('heir', job())).toMatchObject({ outcome: 'succeeded' });
  // It was only frozen, and comes back: what it says counts no more.
  end('too late');
  await hung;
  expect(await lastRuns(sql, 5)).toMatchObject([{ node: 'heir', outcome: 'succeeded', detail: 'done' }]);
});

test('a run under way that takes long keeps its node, because it says that it is alive', async () => {
  const run = on(
    'one',
    job(() => sleep(5_500, 'done')),
  );
  await expect.poll(async () => (await lastRuns(sql, 1)).length).toBe(1);
  await killNode();
  await sleep(5_200);
  expect(await orphanedRuns(sql)).toEqual([]);
  expect(await run).toMatchObject({ outcome: 'succeeded' });
});

test('what was missed while no node ran is made up for once, and a new database has missed nothing', async () => {
  const daily = job(undefined, '15 3 * * *');
  const start = (now: string) => {
    const schedule = new CronSchedule([daily], {
      timeZone: 'UTC',
      log,
      clock: () => new Date(now),
      run: (one, scheduledAt, missed) => runJob({ sql, log, node: 'one' }, one, scheduledAt, missed),
      orphans: () => orphanedRuns(sql),
    });
    schedule.start();
    return schedule;
  };
  const first = start('2026-11-20T12:00:00Z');
  await sleep(300);
  expect(daily.runs()).toBe(0);
  await first.close();
  // Run by hand before its first time here: what was due before that has not been missed either.
  await on('one', daily, new Date('2026-11-20T12:30:00Z'));
  const again = start('2026-11-20T13:00:00Z');
  await sleep(300);
  expect(daily.runs()).toBe(1);
  await again.close();
  await sql`DELETE FROM dashboard_stats.job_runs`;
  await on('one', daily, new Date('2026-11-20T03:15:00Z'));

  const after = start('2026-11-23T12:00:00Z');
  const other = start('2026-11-23T12:00:00Z');
  await expect.poll(daily.runs).toBe(3);
  await sleep(300);
  expect(daily.runs()).toBe(3);
  expect((await lastRuns(sql, 1))[0]?.scheduledAt).toEqual(AT);
  await Promise.all([after.close(), other.close()]);
});

test('a clock that is put forward by years costs no more than one that is not: what was missed is due once', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2000-01-01T00:00:00Z') });
  onTestFinished(() => void vi.useRealTimers());
  const started: Date[] = [];
  const schedule = new CronSchedule([job()], {
    timeZone: 'UTC',
    log,
    run: async (_, scheduledAt) => started.push(scheduledAt),
    orphans: async () => [],
  });
  schedule.start();
  started.length = 0;
  vi.setSystemTime('2026-11-23T03:15:30Z');
  // The package's own clock would count hundreds of millions of seconds first.
  await expect.poll(() => started.length, { timeout: 5_000 }).toBe(1);
  vi.setSystemTime('2026-11-23T03:16:00Z');
  await expect.poll(() => started, { timeout: 5_000 }).toEqual([AT, LATER]);
  await schedule.close();
});

test('what was due while the database was away runs once it is back', async () => {
  let now = '2026-11-23T03:14:59Z';
  let away = true;
  const daily = job(undefined, '15 3 * * *');
  const schedule = new CronSchedule([daily], {
    timeZone: 'UTC',
    log,
    clock: () => new Date(now),
    run: async (one, scheduledAt, missed) => {
      if (away) throw new Error('connect ECONNREFUSED');
      return runJob({ sql, log, node: 'one' }, one, scheduledAt, missed);
    },
    orphans: async () => [],
  });
  schedule.start();
  now = '2026-11-23T03:15:01Z';
  await sleep(1_500);
  away = false;
  now = '2026-11-23T03:20:00Z';
  await expect.poll(() => lastRuns(sql, 5), { timeout: 3_000 }).toMatchObject([{ scheduledAt: AT }]);
  now = '2026-11-23T03:21:00Z';
  await sleep(1_500);
  expect(daily.runs()).toBe(1);
  await schedule.close();
});
