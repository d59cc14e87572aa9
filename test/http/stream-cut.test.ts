/** Event streams through a network that cuts, and from one node to another. */
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { insertProject } from '../support/application/projects.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';
import { follow, type Listening, listeningForTest, type StreamEvent } from '../support/service/listening.ts';
import { type RunningService, runForTest } from '../support/service/running-service.ts';

// A client that was cut off waits for the `retry` of the stream, two seconds.
vi.setConfig({ testTimeout: 30_000 });

let services: RunningService[];
let nodes: Listening[];
/** Between the client and whichever node it is given as `target`. */
let network: DatabaseProxy;

beforeEach(async () => {
  const one = await runForTest();
  services = [one, await runForTest({}, undefined, { beside: one })];
  nodes = await Promise.all(services.map(listeningForTest));
  network = await startProxy(base(0));
  onTestFinished(() => network.close());
});

const base = (node: number) => nodes[node]?.base ?? '';
const change = (region: string) => insertProject((services[0] as RunningService).sql, { region });

const seen = (events: readonly StreamEvent[], from = 0) =>
  events.slice(from).map(({ key, total }) => `${key} ${total}`);
const ALL = '?keys=global,region:northern,region:western';
const PRESENT = ['global 0', 'region:northern 0', 'region:western 0'];

test('a client that was cut off gets the present of what changed meanwhile, once, and nothing else', async () => {
  const { events } = follow(network.url, ALL);
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
  const { events } = follow(network.url, ALL);
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
