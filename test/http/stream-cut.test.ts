/** Event streams through a network that cuts, and from one node to another. */
import type { EventSource } from 'eventsource';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { insertProject } from '../support/application/projects.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';
import { follow, type Listening, listening, type StreamEvent } from '../support/service/listening.ts';
import { type RunningService, runService } from '../support/service/running-service.ts';

// A client that was cut off waits for the `retry` of the stream, two seconds.
vi.setConfig({ testTimeout: 30_000 });

let services: RunningService[];
let nodes: Listening[];
/** Between the client and whichever node it is given as `target`. */
let network: DatabaseProxy;
let sources: EventSource[];

beforeEach(async () => {
  const one = await runService();
  services = [one, await runService({}, undefined, { beside: one })];
  nodes = await Promise.all(services.map(listening));
  network = await startProxy(base(0));
  sources = [];
});
afterEach(async () => {
  for (const source of sources) source.close();
  network.close();
  for (const node of nodes) node.close();
  for (const service of services.toReversed()) await service.close();
});

const base = (node: number) => nodes[node]?.base ?? '';
const change = (region: string) => insertProject((services[0] as RunningService).sql, { region });

function followed(from: string, query: string): StreamEvent[] {
  const { events, source } = follow(from, query);
  sources.push(source);
  return events;
}
const seen = (events: readonly StreamEvent[], from = 0) =>
  events.slice(from).map(({ key, total }) => `${key} ${total}`);
const ALL = '?keys=global,region:northern,region:western';
const PRESENT = ['global 0', 'region:northern 0', 'region:western 0'];

test('a client that was cut off gets the present of what changed meanwhile, once, and nothing else', async () => {
  const events = followed(network.url, ALL);
  await expect.poll(() => seen(events)).toEqual(PRESENT);
  network.mode = 'hangUp';
  network.cut();
  for (let i = 0; i < 3; i++) {
    await change('northern');
    await services[0]?.get('/stats', { 'Cache-Control': 'no-cache' });
  }
  network.mode = 'pass';
  await expect.poll(() => seen(events, 3)).toEqual(['global 3', 'region:northern 3']);
  await change('western');
  await expect.poll(() => seen(events, 5)).toEqual(['global 4', 'region:western 1']);
});

test('a client that comes to another node goes on there', async () => {
  const events = followed(network.url, ALL);
  await expect.poll(() => seen(events)).toEqual(PRESENT);
  network.target = base(1);
  network.cut();
  await change('western');
  await expect.poll(() => seen(events, 3)).toEqual(['global 1', 'region:western 1']);
  const ids = events.map(({ id }) => id).filter((id) => id !== '');
  const revisions = ids.map((id) => Number(id.split('-').at(-1)));
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(new Set(ids.map((id) => id.replace(/-\d+$/, ''))).size).toBe(1);
});

test('clients of two nodes are sent the same bytes', async () => {
  const streams = [base(0), base(1)].map((node) => followed(node, '?keys=global'));
  for (let total = 0; total <= 3; total++) {
    if (total > 0) await change('northern');
    const last = `global ${total}`;
    await expect.poll(() => streams.map((events) => seen(events).at(-1))).toEqual([last, last]);
  }
  const [one, two] = streams.map((events) => events.map(({ text }) => text));
  expect(one).toEqual(two);
});
