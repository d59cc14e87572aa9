/** Server-sent events from a Worker: it catches up on an interval, and ends in time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { type RunningWorker, runWorker } from '../support/service/running-worker.ts';

let worker: RunningWorker;
beforeAll(async () => {
  worker = await runWorker({ EDGE_STREAM_SECONDS: '4' }, (sql) => insertProject(sql, { region: 'northern' }));
});
afterAll(() => worker.close());

test('a stream begins with the present and sends what changes, nobody else asking', async () => {
  const source = new EventSource(`${worker.base}/stats/stream?keys=region:northern`);
  const totals: number[] = [];
  source.addEventListener('stats', ({ data }) => totals.push(JSON.parse(data).statistics.totalProjects));
  try {
    await until(async () => totals.length === 1);
    await insertProject(worker.sql, { region: 'northern' });
    await until(async () => totals.length === 2);
    expect(totals).toEqual([1, 2]);
  } finally {
    source.close();
  }
});

test('two streams of an isolate both send a change, also one that a reader beside them has brought', async () => {
  const totals = [0, 0];
  const sources = totals.map((_, i) => {
    const source = new EventSource(`${worker.base}/stats/stream?keys=region:northern`);
    source.addEventListener('stats', ({ data }) => {
      totals[i] = JSON.parse(data).statistics.totalProjects;
    });
    return source;
  });
  try {
    await until(async () => totals.every((total) => total > 0));
    const total = (totals[0] ?? 0) + 1;
    await insertProject(worker.sql, { region: 'northern' });
    await until(async () => {
      await worker.get('/stats/regions/northern');
      return totals.every((one) => one === total);
    });
  } finally {
    for (const source of sources) source.close();
  }
});

test('a stream ends in time with an event that says so, and its client comes back and gets only what is newer', async () => {
  const source = new EventSource(`${worker.base}/stats/stream?keys=region:northern`);
  const events: string[] = [];
  for (const type of ['open', 'stats', 'close']) source.addEventListener(type, () => events.push(type));
  try {
    await until(async () => events.filter((type) => type === 'open').length === 2);
    await insertProject(worker.sql, { region: 'northern' });
    await until(async () => events.at(-1) === 'stats');
    expect(events).toEqual(['open', 'stats', 'close', 'open', 'stats']);
  } finally {
    source.close();
  }
});

test('a client that has gone is noticed when something is written to it, and its invocation ends', async () => {
  const long = await runWorker({ EDGE_STREAM_SECONDS: '60' });
  const connections = async () => {
    const rows = await long.sql`
      SELECT FROM pg_stat_activity WHERE application_name = 'dashboard-stats-workers' AND datname = current_database()`;
    return rows.length;
  };
  try {
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
  } finally {
    await long.close();
  }
});
