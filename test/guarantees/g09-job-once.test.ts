/** G9: a job completes once per scheduled time across all nodes, never overlaps itself, and survives whoever is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { runJob } from '../../src/jobs/runner.ts';
import { lastRuns, orphanedRuns } from '../../src/jobs/sql/job-runs.ts';
import { CronSchedule } from '../../src/runtime/node/cron.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { silentLog as log } from '../support/service/silent-log.ts';

const database = eachTestGets('migrated');
const { sql } = database;

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
/** A node says that it is alive when it begins, and no more: where a test kills one, no heartbeat comes between. */
const NEVER_MS = 3_600_000;
const on = (node: string, what: ReturnType<typeof job>, at = AT, missed = false, heartbeatMs = NEVER_MS) =>
  runJob({ sql, log, node, heartbeatMs }, what, at, missed);
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

test('a job that finds a lock held by others fails with one warning, and is no error', async () => {
  const lines: unknown[] = [];
  const note = (level: string) => (entry: object) => void lines.push([level, entry]);
  const noting = { ...log, warn: note('warn'), error: note('error') };
  const busy = job(async () => {
    throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
  });
  expect(await runJob({ sql, log: noting, node: 'one' }, busy, AT)).toMatchObject({ outcome: 'failed' });
  expect(lines).toEqual([['warn', { job: 'a-job', detail: 'canceling statement due to lock timeout' }]]);
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
  let end: (detail: string) => void = () => {};
  const long = job(() => new Promise((resolve) => (end = resolve)));
  const run = on('one', long, AT, false, 50);
  await expect.poll(long.runs).toBe(1);
  await killNode();
  await expect.poll(() => orphanedRuns(sql)).toEqual([]);
  end('done');
  expect(await run).toMatchObject({ outcome: 'succeeded' });
});

/** Only the wall clock stands still until it is set; timers run. */
function clockAt(now: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) });
  onTestFinished(() => void vi.useRealTimers());
}

/** A node that keeps time for `one`, and ends with the test. */
function keepTime(
  one: ReturnType<typeof job>,
  start?: (scheduledAt: Date) => Promise<unknown>,
  checkEveryMs = 500,
): CronSchedule {
  const schedule = new CronSchedule([one], {
    timeZone: 'UTC',
    log,
    run: (_, scheduledAt, missed) => start?.(scheduledAt) ?? on('one', one, scheduledAt, missed),
    orphans: () => orphanedRuns(sql),
    checkEveryMs,
  });
  onTestFinished(() => schedule.close());
  schedule.start();
  return schedule;
}

test('what was missed while no node ran is made up for once, and a new database has missed nothing', async () => {
  const daily = job(undefined, '15 3 * * *');
  clockAt('2026-11-20T12:00:00Z');
  const first = keepTime(daily);
  await sleep(300);
  expect(daily.runs()).toBe(0);
  await first.close();
  // Run by hand before its first time here: what was due before that has not been missed either.
  await on('one', daily, new Date('2026-11-20T12:30:00Z'));
  vi.setSystemTime('2026-11-20T13:00:00Z');
  const again = keepTime(daily);
  await sleep(300);
  expect(daily.runs()).toBe(1);
  await again.close();
  await sql`DELETE FROM dashboard_stats.job_runs`;
  await on('one', daily, new Date('2026-11-20T03:15:00Z'));

  vi.setSystemTime('2026-11-23T12:00:00Z');
  keepTime(daily);
  keepTime(daily);
  await expect.poll(daily.runs).toBe(3);
  await sleep(300);
  expect(daily.runs()).toBe(3);
  expect((await lastRuns(sql, 1))[0]?.scheduledAt).toEqual(AT);
});

test.each([
  ['put forward by years', '2000-01-01T00:00:00Z'],
  ['put back by years', '2050-01-01T00:00:00Z'],
])(
  'a clock that is %s costs no more than one that is not: what is due then is started once',
  async (_, before) => {
    clockAt(before);
    const started: Date[] = [];
    keepTime(job(), async (scheduledAt) => started.push(scheduledAt));
    started.length = 0;
    vi.setSystemTime('2026-11-23T03:15:30Z');
    // node-cron alone would count millions of minutes first, or wait for the time of before.
    await expect.poll(() => started, { timeout: 8_000 }).toEqual([AT]);
    vi.setSystemTime('2026-11-23T03:16:00Z');
    await expect.poll(() => started, { timeout: 8_000 }).toEqual([AT, LATER]);
  },
);

test('node-cron starts what is due at its minute, and no job waits for the next check', async () => {
  clockAt('2026-11-23T03:14:59.500Z');
  const started: Date[] = [];
  keepTime(job(), async (scheduledAt) => started.push(scheduledAt), 3_600_000);
  started.length = 0;
  vi.setSystemTime('2026-11-23T03:15:00Z');
  await expect.poll(() => started).toEqual([AT]);
});

test('what was due while the database was away runs once it is back', async () => {
  clockAt('2026-11-23T03:14:59Z');
  let away = true;
  const daily = job(undefined, '15 3 * * *');
  keepTime(daily, async (scheduledAt) => {
    if (away) throw new Error('connect ECONNREFUSED');
    return on('one', daily, scheduledAt);
  });
  vi.setSystemTime('2026-11-23T03:15:01Z');
  await sleep(1_500);
  away = false;
  vi.setSystemTime('2026-11-23T03:20:00Z');
  await expect.poll(() => lastRuns(sql, 5), { timeout: 8_000 }).toMatchObject([{ scheduledAt: AT }]);
  vi.setSystemTime('2026-11-23T03:21:00Z');
  await sleep(1_000);
  expect(daily.runs()).toBe(1);
});
