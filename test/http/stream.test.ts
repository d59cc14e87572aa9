/** Server-sent events (docs/reference.md), with a real client and with raw bytes. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { StreamBroadcast } from '../../src/http/stream/broadcast.ts';
import { follow, type Listening, listening, listeningForTest } from '../support/service/listening.ts';
import { runForTest, runService, serviceForAll } from '../support/service/running-service.ts';

// A busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const service = serviceForAll({}, (sql) => seedDemo(sql, { projects: 200, seed: 1 }));
let node: Listening;
beforeAll(async () => {
  node = await listening(service);
  return node.close;
});

const followed = (query: string) => follow(node.base, query).events;
const fetchStream = (query = '?keys=global', init: RequestInit = {}, { base } = node) =>
  fetch(`${base}/stats/stream${query}`, init);

/** The bytes that a stream begins with; it stays open no longer. Without a socket: they are all there with the answer. */
async function raw(query: string, headers: Record<string, string> = {}) {
  const answer = await service.get(`/stats/stream${query}`, headers);
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader) {
    const chunk = await Promise.race([reader.read(), nextTurn(undefined)]);
    if (!chunk || chunk.done) break;
    text += decoder.decode(chunk.value, { stream: true });
  }
  await reader?.cancel();
  return { answer, text };
}

const move = (to: string, from: string) => service.sql`
  UPDATE "Projects" SET "Region" = ${to}
  WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" WHERE "Region" = ${from} ORDER BY 1 LIMIT 1)`;
const state = async () => {
  const rows = await service.sql<[{ epoch: string; revision: number }]>`
    SELECT epoch, revision FROM dashboard_stats.state`;
  return rows[0];
};
const keys = (text: string) => [...text.matchAll(/"key":"([^"]+)"/g)].map(([, key]) => key);
const ids = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);

describe('a stream', () => {
  test('begins with the present of every key asked for, then sends what changes', async () => {
    const events = followed('?keys=region:northern,region:western,region:central');
    await expect.poll(() => events.length).toBe(3);
    const before = events.splice(0);
    await move('northern', 'western');
    await expect.poll(() => events.length).toBe(2);
    const version = events[0]?.version;
    expect(events).toMatchObject([
      { key: 'region:northern', total: (before[0]?.total ?? 0) + 1, version },
      { key: 'region:western', total: (before[1]?.total ?? 0) - 1, version },
    ]);
  });

  test('goes on from an answer by its Stats-Event-Id, which a 304 has too', async () => {
    const path = `${node.base}/stats?keys=global&fields=totalProjects`;
    const first = await fetch(path);
    const id = first.headers.get('Stats-Event-Id') ?? '';
    const etag = first.headers.get('ETag') ?? '';
    const again = await fetch(path, { headers: { 'If-None-Match': etag } });
    expect([again.status, again.headers.get('Stats-Event-Id')]).toEqual([304, id]);
    expect(keys((await raw(`?keys=global&lastEventId=${id}`)).text)).toEqual([]);
    await service.sql`UPDATE "Projects" SET "TotalCapacityKw" = 7`;
    await expect
      .poll(async () => keys((await raw(`?keys=global&lastEventId=${id}`)).text))
      .toEqual(['global']);
  });

  test('has headers by which no proxy buffers or changes it', async () => {
    const answer = await fetchStream();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(answer.headers.get('x-accel-buffering')).toBe('no');
    const first = await answer.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^retry: \d+\n\n/);
  });

  test('gives the id with the last event of a batch only, made of epoch and revision', async () => {
    const { text } = await raw('');
    const { epoch, revision } = await state();
    expect(keys(text).length).toBeGreaterThan(5);
    expect(ids(text)).toEqual([`${epoch}-${revision}`]);
    expect(text.lastIndexOf('event: stats')).toBe(text.lastIndexOf('\nid: ') - 'event: stats'.length);
  });

  test('goes on where the client was cut off, by the header or the parameter', async () => {
    const [id = ''] = ids((await raw('?keys=global,region:northern,region:western')).text);
    const regions = '?keys=region:northern,region:central,region:western';
    expect(keys((await raw('?keys=global', { 'Last-Event-ID': id })).text)).toEqual([]);
    await move('northern', 'western');
    await expect
      .poll(async () => keys((await raw(regions, { 'Last-Event-ID': id })).text))
      .toEqual(['region:northern', 'region:western']);
    const later = `?keys=region:western,region:central&lastEventId=${id}`;
    expect(keys((await raw(later)).text)).toEqual(['region:western']);
    const other = id.replace(/^[^-]+/, '00000000');
    expect(keys((await raw(`?keys=global&lastEventId=${id}`, { 'Last-Event-ID': other })).text)).toEqual([
      'global',
    ]);
  });

  test('is chosen by SignalR groups too', async () => {
    const { text } = await raw('?groups=all_users,region_northern,facility_distribution');
    expect(keys(text)).toEqual(
      expect.arrayContaining(['global', 'region:northern', 'facility:distribution_center']),
    );
    expect(keys(text)).toHaveLength(3);
    expect((await service.get('/stats/stream?groups=role_Admin')).status).toBe(404);
  });

  test('shows an invalidated document again when it has been computed again', async () => {
    const events = followed('?keys=global');
    await expect.poll(() => events.length).toBe(1);
    const answer = await service.post('/stats/invalidate', { keys: ['global'] });
    const { revision } = (await answer.json()) as { revision: number };
    await expect.poll(() => events.at(-1)?.version).toBeGreaterThanOrEqual(revision);
    expect(events.at(-1)?.total).toBe(events[0]?.total);
  });

  test('ends with an event that says why, when the service stops', async () => {
    const stopping = await runService();
    const answer = await stopping.get('/stats/stream?keys=global');
    await stopping.close();
    expect(await answer.text()).toMatch(/event: close\ndata: .*stopped.*\n\n$/);
    const late = await stopping.get('/stats/stream?keys=global');
    expect([late.status, await late.json()]).toMatchObject([503, { type: '/problems/stopping' }]);
  });
});

describe('no stream', () => {
  test.each([
    ['?keys=region:nowhere', 404, 'region:nowhere'],
    ['?groups=region_nowhere', 404, 'region:nowhere'],
    ['?keys=', 400, 'empty'],
    ['?key=global', 400, '"key"'],
    ['?fields=capacities', 400, '"capacities"'],
  ])('%s is %i', async (query, status, named) => {
    const answer = await service.get(`/stats/stream${query}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect((await answer.json()).detail).toContain(named);
  });

  test('beyond MAX_STREAMS, also where many come at once: 503 with Retry-After, until one ends', async () => {
    const small = await listeningForTest(await runForTest({ MAX_STREAMS: '3' }));
    const many = await Promise.all(Array.from({ length: 20 }, () => fetchStream('', {}, small)));
    const open = many.filter(({ status }) => status === 200);
    expect(open).toHaveLength(3);
    const refused = await fetchStream('', {}, small);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(((await refused.json()) as { type: string }).type).toBe('/problems/too-many-streams');
    await open[0]?.body?.cancel();
    await expect.poll(async () => (await fetchStream('', {}, small)).status).toBe(200);
  });

  test('what is no id of ours is of another stream: everything is sent, from the query as from the header', async () => {
    for (const id of ['7', ''])
      expect(keys((await raw(`?keys=global&lastEventId=${id}`)).text)).toEqual(['global']);
  });

  test('a client that was ahead of this node is sent nothing older than what it has', async () => {
    const { epoch, revision } = await state();
    const { text } = await raw('?keys=global', { 'Last-Event-ID': `${epoch}-${revision + 5}` });
    expect(keys(text)).toEqual([]);
  });

  test('a group is that of the oldest of facility types whose names differ in case only', async () => {
    await service.sql`
      INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName", "SignalRGroupName")
      VALUES ('DISTRIBUTION_CENTER', 'twin', 'facility_distribution')`;
    const { answer, text } = await raw('?groups=facility_distribution');
    expect(answer.status).toBe(200);
    expect(keys(text)).toEqual(['facility:distribution_center']);
  });

  test.each(['?keys=global', '?keys=global&pretty'])(
    'HEAD of %s has the headers and opens none',
    async (query) => {
      const open = vi.spyOn(StreamBroadcast.prototype, 'open');
      onTestFinished(() => open.mockRestore());
      const answer = await fetchStream(query, { method: 'HEAD' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(open).not.toHaveBeenCalled();
    },
  );
});
