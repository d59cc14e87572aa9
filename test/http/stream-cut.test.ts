/** Event streams through a network that cuts, and from one node to another. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { insertProject } from '../support/application/projects.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';
import { type RunningService, runService } from '../support/service/running-service.ts';

// A client that was cut off waits for the `retry` of the stream, two seconds.
vi.setConfig({ testTimeout: 30_000 });
const IN_TIME = { timeout: 10_000 };

interface Node {
  service: RunningService;
  server: Server;
  base: string;
}
let one: Node;
let two: Node;
/** Between the client and whichever node it is given as `target`. */
let network: DatabaseProxy;
const sources: EventSource[] = [];

async function startNode(beside?: RunningService): Promise<Node> {
  const service = await runService({}, undefined, beside ? { beside } : {});
  const server = createServer(getRequestListener(service.app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { service, server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
beforeEach(async () => {
  one = await startNode();
  two = await startNode(one.service);
  network = await startProxy(one.base);
});
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  network.close();
  for (const { server, service } of [two, one]) {
    server.closeAllConnections();
    server.close();
    await service.close();
  }
});

/** What a client has been sent, as `key total`, with the ids that it would go on from. */
function follow(base: string, query: string) {
  const source = new EventSource(new URL(`/stats/stream${query}`, base));
  sources.push(source);
  const seen: string[] = [];
  const ids: string[] = [];
  const texts: string[] = [];
  source.addEventListener('stats', ({ data, lastEventId }) => {
    const { key, statistics } = JSON.parse(data);
    seen.push(`${key} ${statistics.totalProjects}`);
    texts.push(data);
    if (lastEventId !== ids.at(-1)) ids.push(lastEventId);
  });
  return { seen, ids, texts };
}
const ALL = '?keys=global,region:northern,region:western';
const PRESENT = ['global 0', 'region:northern 0', 'region:western 0'];

test('a client that was cut off gets the present of what changed meanwhile, once, and nothing else', async () => {
  const { seen } = follow(network.url, ALL);
  await expect.poll(() => seen, IN_TIME).toEqual(PRESENT);
  network.mode = 'hangUp';
  network.cut();
  for (let i = 0; i < 3; i++) {
    await insertProject(one.service.sql, { region: 'northern' });
    await one.service.get('/stats', { 'Cache-Control': 'no-cache' });
  }
  network.mode = 'pass';
  await expect.poll(() => seen.slice(3), IN_TIME).toEqual(['global 3', 'region:northern 3']);
  await insertProject(one.service.sql, { region: 'western' });
  await expect.poll(() => seen.slice(5), IN_TIME).toEqual(['global 4', 'region:western 1']);
});

test('a client that comes to another node goes on there', async () => {
  const { seen, ids } = follow(network.url, ALL);
  await expect.poll(() => seen, IN_TIME).toEqual(PRESENT);
  network.target = two.base;
  network.cut();
  await insertProject(one.service.sql, { region: 'western' });
  await expect.poll(() => seen.slice(3), IN_TIME).toEqual(['global 1', 'region:western 1']);
  const given = ids.filter((id) => id !== '');
  const revisions = given.map((id) => Number(id.split('-').at(-1)));
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  expect(new Set(given.map((id) => id.replace(/-\d+$/, ''))).size).toBe(1);
});

test('clients of two nodes are sent the same bytes', async () => {
  const streams = [one, two].map(({ base }) => follow(base, '?keys=global'));
  await expect.poll(() => streams.map(({ seen }) => seen.length), IN_TIME).toEqual([1, 1]);
  for (let total = 1; total <= 3; total++) {
    await insertProject(one.service.sql, { region: 'northern' });
    await expect
      .poll(() => streams.map(({ seen }) => seen.at(-1)), IN_TIME)
      .toEqual([`global ${total}`, `global ${total}`]);
  }
  expect(streams[0]?.texts).toEqual(streams[1]?.texts);
});
