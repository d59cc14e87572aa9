/** Server-sent events from a Worker: it catches up on an interval, and ends in time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { follow } from '../support/service/listening.ts';
import { sharedByAll } from '../support/service/running-service.ts';
import { runWorker, runWorkerForTest } from '../support/service/running-worker.ts';

const worker = sharedByAll(() =>
  runWorker({ EDGE_STREAM_SECONDS: '4' }, (sql) => insertProject(sql, { region: 'northern' })),
);
const NORTHERN = '?keys=region:northern';

test('a stream begins with the present and sends what changes, nobody else asking', async () => {
  const { events } = follow(worker.base, NORTHERN);
  await expect.poll(() => events.map(({ total }) => total)).toEqual([1]);
  await insertProject(worker.sql, { region: 'northern' });
  await expect.poll(() => events.map(({ total }) => total)).toEqual([1, 2]);
});

test('two streams of an isolate both send a change, also one that a reader beside them has brought', async () => {
  const streams = [1, 2].map(() => follow(worker.base, NORTHERN));
  const totals = () => streams.map(({ events }) => events.at(-1)?.total ?? 0);
  await until(async () => totals().every((total) => total > 0));
  const total = (totals()[0] ?? 0) + 1;
  await insertProject(worker.sql, { region: 'northern' });
  await until(async () => {
    await worker.get('/stats/regions/northern');
    return totals().every((one) => one === total);
  });
});

test('a stream ends in time with an event that says so, and its client comes back and gets only what is newer', async () => {
  const { source } = follow(worker.base, NORTHERN);
  const events: string[] = [];
  for (const type of ['open', 'stats', 'close']) source.addEventListener(type, () => events.push(type));
  await until(async () => events.filter((type) => type === 'open').length === 2);
  await insertProject(worker.sql, { region: 'northern' });
  await until(async () => events.at(-1) === 'stats');
  expect(events).toEqual(['open', 'stats', 'close', 'open', 'stats']);
});

test('a client that has gone is noticed when something is written to it, and its invocation ends', async () => {
  const long = await runWorkerForTest({ EDGE_STREAM_SECONDS: '60' });
  const connections = async () => {
    const rows = await long.sql`
      SELECT FROM pg_stat_activity WHERE application_name = 'dashboard-stats-workers' AND datname = current_database()`;
    return rows.length;
  };
  const leave = new AbortController();
  const answer = await fetch(`${long.base}/stats/stream`, { signal: leave.signal });
  await answer.body?.getReader().read();
  await sleep(1_500);
  expect(await connections()).toBeGreaterThan(0);
  leave.abort();
  const seen: number[] = [];
  for (let i = 0; i < 10 && seen.at(-1) !== 0; i++) {
    await insertProject(long.sql, { region: 'northern' });
    await sleep(1_200);
    seen.push(await connections());
  }
  expect(seen.at(-1)).toBe(0);
});
