/** What an event stream sends beside whole documents: selected members, and how far they can be trusted. */
import { expect, test, vi } from 'vitest';
import { StatsClient } from '../../src/client/client.ts';
import { queryOf } from '../../src/dashboard/data/wanted.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { until } from '../support/application/projects.ts';
import { follow, listeningForTest } from '../support/service/listening.ts';
import { labelOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

vi.setConfig({ testTimeout: 30_000 });

async function start(query: string) {
  const node = await runForTest({ CRON_AUDIT: 'off' }, (sql) => seedDemo(sql, { projects: 30, seed: 1 }));
  const { base, streams } = await listeningForTest(node);
  const connect = (to = query) => follow(base, to);
  return { node, streams, connect, ...connect() };
}

test('a stream with fields sends only these members, and each stream its own', async () => {
  const { node, documents, connect } = await start('?keys=global&fields=capacity,totalProjects');
  const whole = connect('?keys=global').documents;
  await expect.poll(() => [documents.length, whole.length]).toEqual([1, 1]);
  await node.sql`UPDATE "Projects" SET "TotalCapacityKw" = 7`;
  await expect.poll(() => documents.at(-1)?.statistics.capacity.totalKw).toBe(210);
  await expect.poll(() => whole.at(-1)?.statistics.capacity.totalKw).toBe(210);
  expect(Object.keys(documents.at(-1)?.statistics)).toEqual(['totalProjects', 'capacity']);
  expect(documents.at(-1)?.version).toBe(whole.at(-1)?.version);
  expect(Object.keys(whole.at(-1)?.statistics).length).toBeGreaterThan(8);
});

test('a stream says at once that it is live, that the database is away, and when it is back', async () => {
  const { node, states, connect } = await start('?keys=global&fields=totalProjects');
  const live = { state: 'live', since: expect.stringMatching(/^\d{4}-.*Z$/), reason: null };
  await expect.poll(() => states.at(-1)).toEqual(live);
  const before = new Date().toISOString();
  node.proxy.mode = 'hangUp';
  node.proxy.cut();
  const away = { state: 'stale', since: expect.any(String), reason: 'database-away' };
  await expect.poll(() => states.at(-1)).toEqual(away);
  // It is what was confirmed last, not when this client learned of it.
  const late = connect().states;
  await expect.poll(() => late).toEqual([away]);
  expect(late[0].since <= new Date(Date.parse(before) + 1_000).toISOString()).toBe(true);
  node.proxy.mode = 'pass';
  await expect.poll(() => states.at(-1)).toEqual(live);
});

test('the first stream after an outage began says since when, not since the start of the service', async () => {
  const node = await runForTest({ CRON_AUDIT: 'off' }, (sql) => seedDemo(sql, { projects: 30, seed: 1 }));
  const { base } = await listeningForTest(node);
  const [started, began] = [Date.now(), performance.now()];
  await expect.poll(() => node.service.state.syncedAt).toBeGreaterThan(began + 100);
  node.proxy.mode = 'hangUp';
  node.proxy.cut();
  await expect.poll(() => node.service.databaseAway).toBe(true);
  const { states } = follow(base, '?keys=global');
  await expect.poll(() => states.length).toBe(1);
  expect(Date.parse(states[0].since)).toBeGreaterThan(started);
});

test('a stream that begins when reads are labelled already says so too', async () => {
  const { node, connect } = await start('?keys=global&fields=totalProjects');
  node.proxy.mode = 'silent';
  await until(async () => (await labelOf(node)).includes('database-away'));
  const { states } = connect();
  await expect.poll(() => states.length).toBe(1);
  expect(states[0]).toMatchObject({ state: 'stale', reason: 'database-away' });
});

test('a stream says that triggers are gone, and one that begins later since when', async () => {
  const { node, streams, states, connect, source } = await start('?keys=global&fields=totalProjects');
  await node.sql`ALTER TABLE "Projects" DISABLE TRIGGER dashboard_stats_mark`;
  await expect.poll(() => states.at(-1)).toMatchObject({ state: 'stale', reason: 'triggers-lost' });
  const known = Date.now();
  source.close();
  await expect.poll(() => streams.open).toBe(0);
  const late = connect().states;
  await expect.poll(() => late.length).toBe(1);
  expect(Date.parse(late[0].since)).toBeLessThan(known);
});

test('a stream that is asked for while nothing is in memory is 200, says that the database is away, and goes on when it is back', async () => {
  const node = await runForTest({ MAX_STREAMS: '2' }, (sql) => seedDemo(sql, { projects: 5, seed: 1 }), {
    cold: true,
  });
  const { base, streams } = await listeningForTest(node);
  node.proxy.mode = 'hangUp';
  node.proxy.cut();
  const { source, states, documents } = follow(base, '?groups=region_northern&fields=totalProjects');
  let errors = 0;
  source.addEventListener('error', () => errors++);
  const away = { state: 'stale', since: expect.any(String), reason: 'database-away' };
  await expect.poll(() => states).toEqual([away]);
  const mistaken = await fetch(`${base}/stats/stream?keys=region:nowhere`);
  expect(mistaken.status).toBe(200);
  expect((await fetch(`${base}/stats/stream`)).status).toBe(503);
  expect((await node.get('/stats/stream?fields=nothing')).status).toBe(400);
  node.proxy.mode = 'pass';
  await expect.poll(() => documents).toMatchObject([{ key: 'region:northern' }]);
  // What is wrong with a request is the answer to the next one.
  expect(await mistaken.text()).toMatch(/^retry: \d+\n\nevent: state\ndata: .*\n\n$/);
  expect((await fetch(`${base}/stats/stream?keys=region:nowhere`)).status).toBe(404);
  expect(errors).toBe(0);
  expect(streams.opened).toBe(4);
});

test('a comma of a name has a backslash before it, in an address, in a stream and by the client', async () => {
  const name = 'Bangkok, Metro';
  const node = await runForTest({}, async (sql) => {
    await seedDemo(sql, { projects: 5, seed: 1 });
    await sql`UPDATE "ProjectRegions" SET "RegionName" = ${name} WHERE "RegionName" = 'northern'`;
  });
  const { base } = await listeningForTest(node);
  const keys = `keys=global,${encodeURIComponent('region:Bangkok\\, Metro')}`;
  const { items } = await (await node.get(`/stats?${keys}`)).json();
  expect(items.map(({ key }: { key: string }) => key)).toEqual(['global', `region:${name}`]);
  const { events } = follow(base, `?${keys}`);
  await expect.poll(() => events.map(({ key }) => key)).toEqual(['global', `region:${name}`]);
  const asked = await new StatsClient(base).documents([`region:${name}`]);
  expect(asked.data.items.map(({ key }) => key)).toEqual([`region:${name}`]);
  expect(queryOf({ keys: [`region:${name}`], fields: ['totalProjects'] })).toContain('%5C%2C');
});
