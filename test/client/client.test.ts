/** The client that other programs use, over a network that cuts. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { StatsClient, StatsError } from '../../src/client/client.ts';
import { insertProject } from '../support/application/projects.ts';
import { serveForTest } from '../support/servers/http.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';
import { type Listening, listening } from '../support/service/listening.ts';
import { serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll();
let server: Listening;
let network: DatabaseProxy;
let statuses: number[];
let client: StatsClient;
beforeAll(async () => {
  server = await listening(service);
  network = await startProxy(server.base);
});
afterAll(() => {
  network.close();
  server.close();
});
beforeEach(() => {
  statuses = [];
  client = new StatsClient(network.url, {
    fetch: async (...request) => {
      const answer = await fetch(...request);
      statuses.push(answer.status);
      return answer;
    },
  });
});

const addProject = () => insertProject(service.sql, { region: 'northern' });

test('a document that has not changed is not sent again, and one that has is there at once where it is asked for', async () => {
  const first = await client.document('region:northern', { fields: ['totalProjects'] });
  expect(Object.keys(first.data.statistics)).toEqual(['totalProjects']);
  const second = await client.document('region:northern', { fields: ['totalProjects'] });
  expect(second.revision).toBe(first.revision);
  expect(second.data).toBe(first.data);
  expect(statuses.splice(0)).toEqual([200, 304]);
  await addProject();
  const third = await client.document('region:northern', { fields: ['totalProjects'], current: true });
  expect(third.data.statistics.totalProjects).toBe(first.data.statistics.totalProjects + 1);
  const { data } = await client.all({ minRevision: third.revision });
  expect(data.regions.map(({ key }) => key)).toContain('region:northern');
  expect(third.stale).toBeUndefined();
  expect(statuses).toEqual([200, 200]);
});

test('documents, trends, lists and titles are asked for with one method each', async () => {
  const { data } = await client.documents(['region:western', 'global']);
  expect(data.items.map(({ key }) => key)).toEqual(['region:western', 'global']);
  const { data: history } = await client.history('region:northern', ['schedule.overdue', 'totalProjects']);
  expect(Object.keys(history.series)).toEqual(['schedule.overdue', 'totalProjects']);
  const { data: list } = await client.list('recentlyActive', {
    scope: 'region:northern',
    limit: 1,
    after: null,
  });
  expect(list).toMatchObject({ list: 'recentlyActive', scope: 'region:northern' });
  expect((await client.meta()).metrics.map(({ path }) => path)).toContain('schedule.overdue');
});

test('a request that the service refuses fails at once, with what the service says', async () => {
  const error = await client.document('region:nothern').catch((reason) => reason);
  expect(error).toBeInstanceOf(StatsError);
  expect(error).toMatchObject({ status: 404, type: '/problems/unknown-scope', isTemporary: false });
  expect(error.message).toContain('northern');
  expect(statuses).toEqual([404]);
});

test('a request that is cut off, or that the service cannot answer for a while, is tried again', async () => {
  const answers = ['cut off', 503, 429, 200];
  const { base } = await serveForTest((_, response) => {
    const next = answers.shift();
    if (next !== 'cut off') response.writeHead(Number(next), { 'Retry-After': '0' }).end('{"key":"global"}');
    else response.writeHead(200, { 'Content-Length': 100 }).write('{', () => response.destroy());
  });
  const { data } = await new StatsClient(base).document('global');
  expect(data.key).toBe('global');
  expect(answers).toEqual([]);
  const never = new StatsClient('http://127.0.0.1:1', { retries: 1 }).document('global');
  await expect(never).rejects.toMatchObject({ status: 0, message: /127\.0\.0\.1:1.* does not answer/ });
});

test('a request waits for as long as the service asks, and ends when its signal does', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const away = new StatsClient('http://127.0.0.1:1', {
    fetch: async () => {
      begun.push(performance.now());
      if (begun.length === 3) setTimeout(() => stop.abort(new Error('enough')), 20);
      return new Response('{"detail":"later"}', {
        status: 503,
        headers: { 'Retry-After': begun.length < 3 ? '1' : '20' },
      });
    },
  });
  await expect(away.document('global', { signal: stop.signal })).rejects.toThrow('enough');
  const [first = 0, second = 0, third = 0] = begun;
  expect(Math.min(second - first, third - second)).toBeGreaterThan(1_000);
});

test('what a token function throws is thrown, and a key that is none is refused without a request', async () => {
  const signedOut = new StatsClient(network.url, {
    token: () => {
      throw new Error('signed out');
    },
  });
  await expect(signedOut.meta()).rejects.toThrow('signed out');
  await expect(signedOut.stream().next()).rejects.toThrow('signed out');
  for (const key of ['stream', 'regions', 'region:', 'region:..'])
    await expect(client.document(key)).rejects.toMatchObject({ status: 404 });
  expect(statuses).toEqual([]);
});

test('a stream goes on where it was cut off, and ends with its loop', async () => {
  const before = (await client.document('global')).data.statistics.totalProjects;
  const [documents, states]: [string[], string[]] = [[], []];
  const follow = async () => {
    for await (const event of client.stream({
      keys: ['region:western', 'global'],
      fields: ['totalProjects'],
    })) {
      if (event.type === 'state') states.push(event.state.state);
      else documents.push(`${event.document.key} ${event.document.statistics.totalProjects}`);
      if (documents.at(-1) === `global ${before + 2}`) break;
    }
  };
  const following = follow();
  const present = ['region:western 0', `global ${before}`];
  await expect.poll(() => [...documents, states.at(-1)]).toEqual([...present, 'live']);
  network.cut();
  await addProject();
  // What has not changed is not sent again.
  await expect.poll(() => documents).toEqual([...present, `global ${before + 1}`]);
  await addProject();
  await following;
  // Then the service says how it is, and on a busy machine that it is behind.
  expect(states.filter((state) => state === 'reconnecting')).toHaveLength(1);
  expect(states.at(-1)).not.toBe('reconnecting');
  await expect.poll(() => server.streams.open).toBe(0);
});

test('a stream of a scope that nobody knows fails, and one whose signal is aborted ends', async () => {
  const refused = client.stream({ keys: ['region:nothern'] }).next();
  await expect(refused).rejects.toMatchObject({ status: 404 });
  const stop = new AbortController();
  for await (const { type } of client.stream({ signal: stop.signal })) if (type === 'state') stop.abort();
  for await (const _ of client.stream({ signal: AbortSignal.timeout(1) }));
  await expect.poll(() => server.streams.open).toBe(0);
});
