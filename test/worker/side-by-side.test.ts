/** A Node node and a Worker on one database serve the same, and each learns of the other's changes (G2, G3, G4, G7). */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { NO_CACHE } from '../support/service/observing.ts';
import { type RunningService, serviceForAll, sharedByAll } from '../support/service/running-service.ts';
import { type RunningWorker, runWorker, runWorkerForTest } from '../support/service/running-worker.ts';

const node = serviceForAll({}, (sql) => insertProject(sql, { region: 'northern' }));
const worker = sharedByAll(() => runWorker({}, undefined, node));
beforeEach(async () => {
  await worker.get('/stats/global');
});

const NORTHERN = '/stats/regions/northern';
const versionOf = async (service: RunningService | RunningWorker) =>
  (await (await service.get(NORTHERN)).json()).version;

test('a version is the same bytes on a Node node and on a Worker', async () => {
  await insertProject(node.sql, { region: 'northern' });
  await until(async () => (await (await node.get(NORTHERN)).json()).statistics.totalProjects === 2);
  const version = await versionOf(node);
  await until(async () => (await versionOf(worker)) === version);
  const [onNode, onWorker] = await Promise.all([node.get(NORTHERN), worker.get(NORTHERN)]);
  expect(onWorker.headers.get('ETag')).toBe(onNode.headers.get('ETag'));
  expect(await onWorker.text()).toBe(await onNode.text());
});

test('a node does not serve a second later what the other one invalidated, and minRevision waits for it', async () => {
  for (const [here, there] of [
    [node, worker],
    [worker, node],
  ] as const) {
    const { revision } = await (await here.post('/stats/invalidate', { keys: ['region:northern'] })).json();
    const waited = await there.get(`${NORTHERN}?minRevision=${revision}`);
    expect((await waited.json()).version).toBeGreaterThanOrEqual(revision);
    const again = await (await here.post('/stats/invalidate', { keys: ['region:northern'] })).json();
    await sleep(1_000);
    const later = await there.get(NORTHERN);
    // Unless it has not been able to ask for that long, which it says.
    if (!later.headers.get('Cache-Status')?.includes('stale:'))
      expect((await later.json()).version).toBeGreaterThanOrEqual(again.revision);
    await until(async () => (await versionOf(there)) >= again.revision);
  }
});

test('a hundred readers at once, whose syncs overlap, never get a revision earlier than one that was served before', async () => {
  let seen = await versionOf(worker);
  for (let round = 0; round < 5; round++) {
    await node.sql`UPDATE "Projects" SET "PvModuleCount" = ${round + 10}`;
    const versions = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const current = i % 10 === 0;
        const answer = await worker.get(NORTHERN, current ? NO_CACHE : {});
        // On a busy machine whoever must have the present may be refused in time.
        if (current && answer.status === 503) return [];
        expect(answer.status).toBe(200);
        return [(await answer.json()).version as number];
      }),
    );
    expect(Math.min(...versions.flat())).toBeGreaterThanOrEqual(seen);
    seen = Math.max(...versions.flat());
    expect(await versionOf(worker)).toBeGreaterThanOrEqual(seen);
  }
});

test('under steady load a Worker opens few connections and labels nothing', async () => {
  // A busy machine may take longer than 250 ms to say that nothing has changed.
  const patient = await runWorkerForTest({ REFRESH_SOFT_TIMEOUT_MS: '4000' }, undefined, node);
  await patient.get(NORTHERN);
  const { calls } = patient.proxy;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  const statuses: string[] = [];
  while (seconds() < 3 || statuses.length <= 100) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => patient.get(NORTHERN)));
    statuses.push(...answers.map(({ headers }) => headers.get('Cache-Status') ?? ''));
    await sleep(50);
  }
  expect(statuses.filter((status) => !/detail=memory$/.test(status))).toEqual([]);
  // One each second; were they opened by everybody at once, ten times as many.
  expect(patient.proxy.calls - calls).toBeLessThan(2 * (seconds() + 1));
});

test('each invocation ends its connections in order', async () => {
  const abandoned = async () => {
    const [row] = await node.sql<[{ count: number }]>`
      SELECT sessions_abandoned AS count FROM pg_stat_database WHERE datname = current_database()`;
    return row.count;
  };
  const before = await abandoned();
  await worker.get('/stats', NO_CACHE);
  const open = async () => {
    const rows = await node.sql`
      SELECT FROM pg_stat_activity WHERE application_name = 'dashboard-stats-workers' AND datname = current_database()`;
    return rows.length;
  };
  await until(async () => (await open()) === 0);
  expect(await abandoned()).toBe(before);
});

test('a Worker whose database is gone serves memory, labelled, and heals when it is back', async () => {
  worker.proxy.mode = 'hangUp';
  worker.proxy.cut();
  await sleep(1_100);
  const stale = await worker.get(NORTHERN);
  expect(stale.status).toBe(200);
  expect(stale.headers.get('Cache-Status')).toMatch(/detail=stale:/);
  const ready = await worker.get('/readyz');
  expect(ready.status).toBe(200);
  expect((await ready.json()).status).toBe('degraded');
  expect((await worker.get(NORTHERN, NO_CACHE)).status).toBe(503);
  worker.proxy.mode = 'silent';
  await sleep(1_100);
  // Whoever must have the present waits for the database, and who asks later for what there is does not.
  const answered: string[] = [];
  const waiting = worker.get(NORTHERN, NO_CACHE).then(() => answered.push('current'));
  expect((await worker.get(NORTHERN)).headers.get('Cache-Status')).toMatch(/detail=stale:/);
  expect(answered).toEqual([]);
  await waiting;
  worker.proxy.mode = 'pass';
  await until(
    async () => /detail=memory/.test((await worker.get(NORTHERN)).headers.get('Cache-Status') ?? ''),
    10_000,
  );
});

test('a Worker has no /metrics', async () => {
  const answer = await worker.get('/metrics');
  expect(answer.status).toBe(404);
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
});
