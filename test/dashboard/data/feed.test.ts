/** The feed of a page with a real service, directly and behind proxies that are in its way. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Feed, type News, type Start } from '../../../src/dashboard/data/feed.ts';
import { TIMES, type Times } from '../../../src/dashboard/data/times.ts';
import type { Wanted } from '../../../src/dashboard/data/wanted.ts';
import type { Figures } from '../../../src/dashboard/figures.ts';
import { seedDemo } from '../../../src/demo/seed.ts';
import { serveForTest } from '../../support/servers/http.ts';
import { serviceForAll } from '../../support/service/running-service.ts';

vi.setConfig({ testTimeout: 30_000 });
const GLOBAL: Wanted = { keys: ['global'], fields: ['totalProjects'] };
const NOTHING: Start = { documents: [], status: { state: 'loading' } };
/** Everything in a fraction of the time, but for the first event: it may be late where others use the machine too. */
const SHORT = {
  ...TIMES,
  state: 10_000,
  watch: 50,
  grace: 200,
  poll: 100,
  again: [50, 50],
  retry: [50, 200],
  streamRetry: [400, 400],
  refused: 200,
} as const;

const node = serviceForAll({ CRON_AUDIT: 'off' }, (sql) => seedDemo(sql, { projects: 30, seed: 1 }));

/** The service behind something that may answer in its place. */
async function serve(between: (request: IncomingMessage, response: ServerResponse) => boolean = () => false) {
  const asked: string[] = [];
  const listener = getRequestListener(node.app.fetch);
  const { server, base } = await serveForTest((request, response) => {
    asked.push(request.url ?? '');
    if (!between(request, response)) void listener(request, response);
  });
  const cut = () => server.closeAllConnections();
  const close = () => {
    cut();
    return new Promise((resolve) => server.close(resolve));
  };
  return { source: `${base}/`, asked, close, cut, server };
}

function feedOf(source: string, start = NOTHING, times: Times = SHORT) {
  const states: string[] = [];
  const totals: Record<string, number | undefined> = {};
  const feed = new Feed(
    source,
    start,
    (news: News) => {
      if (news.status && states.at(-1) !== news.status.state) states.push(news.status.state);
      for (const { key, statistics } of news.documents ?? []) totals[key] = statistics.totalProjects;
    },
    times,
  );
  onTestFinished(() => feed.want(undefined));
  return { feed, states, totals };
}

const isStream = ({ url }: IncomingMessage) => url?.startsWith('/stats/stream') ?? false;
const projects = async () => {
  const [row] = await node.sql<[{ count: number }]>`SELECT count(*)::int AS count FROM "Projects"`;
  return row.count;
};
const deleteProject = () =>
  node.sql`DELETE FROM "Projects" WHERE "ProjectId" = (SELECT min("ProjectId"::text)::uuid FROM "Projects")`;

test('a feed asks once, and a stream goes on from the answer', async () => {
  const { source, asked } = await serve();
  const { feed, states, totals } = feedOf(source);
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('live');
  expect(totals['global']).toBe(await projects());
  await deleteProject();
  const left = await projects();
  await expect.poll(() => totals['global']).toBe(left);
  expect(asked.map((path) => path.replace(/=[^=]*$/, '='))).toEqual([
    '/stats?keys=global&fields=',
    '/stats/stream?keys=global&fields=totalProjects&lastEventId=',
  ]);
  expect(asked[1]).toMatch(/lastEventId=[0-9a-f-]{36}-\d+$/);
});

test('a feed that begins with what the server handed over opens the stream at once', async () => {
  const { source, asked } = await serve();
  const answer = await node.get('/stats?keys=global&fields=totalProjects');
  const eventId = answer.headers.get('Stats-Event-Id') ?? '';
  const { feed, states, totals } = feedOf(source, { ...NOTHING, position: { held: GLOBAL, eventId } });
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('live');
  expect([asked.length, totals]).toEqual([1, {}]);
  feed.want({ ...GLOBAL, keys: ['global', 'region:northern'] });
  await expect.poll(() => Object.keys(totals).sort()).toEqual(['global', 'region:northern']);
  expect(states).not.toContain('polling');
  expect(states).not.toContain('reconnecting');
});

test.each([
  [
    'answers streams with an error',
    (response: ServerResponse) => response.writeHead(502).end('<h1>Bad gateway</h1>'),
  ],
  [
    'answers streams with a page',
    (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('Log in'),
  ],
  [
    'holds events back',
    (response: ServerResponse) =>
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('retry: 1\n\n'),
  ],
])('a feed behind a proxy that %s polls, and streams when it may again', async (_, answer) => {
  let inTheWay = true;
  const { source } = await serve((request, response) => {
    if (!inTheWay || !isStream(request)) return false;
    answer(response);
    return true;
  });
  const { feed, states, totals } = feedOf(source, NOTHING, { ...SHORT, state: 2_000 });
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('polling');
  await deleteProject();
  const left = await projects();
  await expect.poll(() => totals['global']).toBe(left);
  inTheWay = false;
  await expect.poll(() => states.at(-1)).toBe('live');
  expect(states).not.toContain('reconnecting');
});

test('a feed whose service is gone says so after a moment, keeps its documents, and is live when it is back', async () => {
  const first = await serve();
  const { feed, states, totals } = feedOf(first.source);
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('live');
  await first.close();
  await expect.poll(() => states.at(-1)).toBe('reconnecting');
  expect(feed.present.status.since).toBe(feed.present.status.confirmedAt);
  expect(feed.present.documents).toHaveLength(1);
  await deleteProject();
  const left = await projects();
  first.server.listen(Number(new URL(first.source).port), '127.0.0.1');
  await expect.poll(() => states.at(-1)).toBe('live');
  await expect.poll(() => totals['global']).toBe(left);
});

test('a stream that was cut is opened again, and what is shorter than the time of grace is not shown', async () => {
  const { source, cut, asked } = await serve();
  const { feed, states } = feedOf(source, NOTHING, { ...SHORT, grace: 60_000 });
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('live');
  const { confirmedAt } = feed.present.status;
  cut();
  await expect.poll(() => feed.present.status.confirmedAt).not.toBe(confirmedAt);
  expect(asked.filter((path) => path.includes('/stream'))).toHaveLength(2);
  expect(states.filter((state) => state !== 'loading')).toEqual(['live']);
});

test('a stream that sends nothing, not even a ping, is opened again', async () => {
  let streams = 0;
  const { source } = await serve((request, response) => {
    if (!isStream(request)) return false;
    streams++;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: state\ndata: {"state":"live"}\n\n');
    return true;
  });
  const { feed } = feedOf(source, NOTHING, { ...SHORT, quiet: 200 });
  feed.want(GLOBAL);
  await expect.poll(() => streams).toBeGreaterThan(2);
});

test('an unknown scope keeps no other from being shown, and it is shown when it is known', async () => {
  const { source, asked } = await serve();
  const { feed, states, totals } = feedOf(source);
  feed.want({ ...GLOBAL, keys: ['global', 'region:new'] });
  await expect.poll(() => states.at(-1)).toBe('live');
  expect(Object.keys(totals)).toEqual(['global']);
  const before = asked.length;
  await node.sql`UPDATE "ProjectRegions" SET "RegionName" = 'new' WHERE "RegionName" = 'western'`;
  await expect.poll(() => Object.keys(totals)).toEqual(['global', 'region:new']);
  expect(asked.slice(before).filter((path) => path !== '/meta').length).toBeLessThanOrEqual(4);
});

test('a request that the service refuses is reported with its reason, and is not repeated at once', async () => {
  const { source, asked } = await serve((_, response) => {
    response.writeHead(401, { 'Content-Type': 'application/problem+json' });
    response.end('{"detail":"Authorization is missing."}');
    return true;
  });
  const { feed, states } = feedOf(source);
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('refused');
  expect(feed.present.status.reason).toBe('Authorization is missing.');
  expect(asked.length).toBe(1);
});

test('a feed that is not wanted any more closes its stream, and goes on from there when it is', async () => {
  const { source, asked } = await serve();
  const { feed, states, totals } = feedOf(source);
  feed.want(GLOBAL);
  await expect.poll(() => states.at(-1)).toBe('live');
  feed.want(undefined);
  await deleteProject();
  const left = await projects();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((totals['global'] ?? 0) - left).toBe(1);
  const before = asked.length;
  feed.want(GLOBAL);
  await expect.poll(() => totals['global']).toBe(left);
  expect(asked.slice(before)).toEqual([expect.stringContaining('/stats/stream')]);
});

test('documents of one refresh come together', async () => {
  const { source } = await serve();
  const batches: Figures[][] = [];
  const feed = new Feed(source, NOTHING, ({ documents }) => documents && batches.push([...documents]), SHORT);
  onTestFinished(() => feed.want(undefined));
  feed.want({ keys: 'all', fields: ['totalProjects'] });
  await expect.poll(() => batches.length).toBe(1);
  await deleteProject();
  await expect.poll(() => batches.length).toBe(2);
  expect(batches[1]?.length).toBeGreaterThan(1);
});

test('a feed takes over what the feed of another tab has received, to pass it on to other tabs', () => {
  const told: News[] = [];
  const figures = (totalProjects: number) => ({ key: 'global', statistics: { totalProjects } }) as Figures;
  const feed = new Feed('http://127.0.0.1:1/', { ...NOTHING, documents: [figures(1)] }, (news) =>
    told.push(news),
  );
  feed.learn([figures(2)]);
  expect(feed.present.documents).toEqual([figures(2)]);
  expect(told).toEqual([]);
});
