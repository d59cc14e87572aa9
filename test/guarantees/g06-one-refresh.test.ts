/** G6: any number of readers and nodes cost one refresh. */
import { expect, test, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { until } from '../support/application/projects.ts';
import { QUIET } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

/** Without cells: where their build ends among the requests, the refresh that puts them to use is one more. */
const SCANNING = { ...QUIET, ENGINE: 'scan' };

test('2,000 requests that wait for a cold start cost one refresh, and few transactions', async () => {
  const node = await runForTest(SCANNING, (sql) => seedDemo(sql, { projects: 50, seed: 1 }), { cold: true });
  const paths = ['/stats', '/stats/global', '/stats/regions/northern', '/stats/facilities'];
  const answers = await Promise.all(
    Array.from({ length: 2_000 }, async (_, i) => (await node.get(paths[i % paths.length] as string)).status),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(node.refreshes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  const [{ transactions }] = await node.sql<[{ transactions: number }]>`
    SELECT xact_commit::integer AS transactions FROM pg_stat_database WHERE datname = current_database()`;
  expect(transactions).toBeLessThan(200);
});

test('any number of recomputes at once are two: one under way, and one that began after the last request', async () => {
  const node = await runForTest(SCANNING, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
  node.refreshes.length = 0;
  const recompute = vi.spyOn(node.service, 'recompute');
  const { asked } = await node.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    const asked = Array.from({ length: 200 }, () => node.post('/stats/recompute', { keys: ['global'] }));
    await until(async () => recompute.mock.calls.length === 200);
    // Each compares memory with the table before it recomputes.
    await node.service.follower.sync();
    return { asked };
  });
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await answers[199]?.json()).toMatchObject({
    items: [{ key: 'global', version: 1, changed: false }],
  });
  expect(node.refreshes.filter((outcome) => outcome === 'done')).toHaveLength(2);
});

test('two nodes compute once for all readers that miss at the same time', async () => {
  const one = await runForTest(SCANNING, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
  const two = await runForTest(SCANNING, undefined, { beside: one });
  await one.post('/stats/invalidate', { all: true });
  await until(async () => (await two.get('/stats/global?minRevision=2')).status === 200);
  await one.post('/stats/invalidate', { all: true });
  for (const node of [one, two]) node.refreshes.length = 0;
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).get('/stats')));
  expect(answers.map((answer) => answer.status)).toEqual(Array(40).fill(200));
  expect([...one.refreshes, ...two.refreshes].filter((outcome) => outcome === 'done')).toHaveLength(1);
});
