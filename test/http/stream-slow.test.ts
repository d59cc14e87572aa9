/** Clients that do not read, and connections on which nothing happens. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { type RunningService, runService } from '../support/service/running-service.ts';

/** So many changes of every document are more than a stream holds unread. */
const CHANGES = 12;
/** The types of Node and of browsers differ here. */
const decoder = () => new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>;

let service: RunningService;

beforeEach(async () => {
  // The hub's only interval is its ping.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  service = await runService({ MAX_STREAMS: '1' }, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
});
afterEach(async () => {
  vi.useRealTimers();
  await service.close();
});

async function change(): Promise<number> {
  await service.sql`UPDATE "Projects" SET "TotalCapacityKw" = coalesce("TotalCapacityKw", 0) + 1`;
  const answer = await service.get('/stats/global', { 'Cache-Control': 'no-cache' });
  return (await answer.json()).version;
}

async function open() {
  const answer = await service.get('/stats/stream');
  expect(answer.status).toBe(200);
  return answer.body as ReadableStream<Uint8Array>;
}

test('an idle stream is pinged, so that whatever lies between does not cut it', async () => {
  const reader = (await open()).pipeThrough(decoder()).getReader();
  expect((await reader.read()).value).toContain('retry:');
  expect((await reader.read()).value).toContain('event: state\n');
  expect((await reader.read()).value).toContain('event: stats\n');
  await vi.advanceTimersByTimeAsync(20_000);
  // Of this clock the last sync may be 20 s ago, which is told first.
  let frame: string | undefined;
  do frame = (await reader.read()).value;
  while (frame?.startsWith('event: state\n'));
  expect(frame).toBe(': ping\n\n');
  await reader.cancel();
});

test('a client that reads late gets the present, not all that was in between', async () => {
  const body = await open();
  for (let i = 0; i < CHANGES; i++) await change();
  const last = await change();
  const reader = body.pipeThrough(decoder()).getReader();
  let bytes = 0;
  const versions: number[] = [];
  while (versions.at(-1) !== last) {
    const { value = '' } = await reader.read();
    bytes += value.length;
    for (const [, version] of value.matchAll(/"version":(\d+)/g)) versions.push(Number(version));
  }
  expect(new Set(versions).size).toBeLessThan(CHANGES);
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(bytes).toBeLessThan(600_000);
  await reader.cancel();
});

test('a client that reads nothing for long is dropped, and its place is free', async () => {
  const body = await open();
  for (let i = 0; i < CHANGES; i++) await change();
  expect((await service.get('/stats/stream')).status).toBe(503);
  await vi.advanceTimersByTimeAsync(20_000);
  expect((await service.get('/stats/stream')).status).toBe(503);
  service.clock.ahead += 31_000;
  await vi.advanceTimersByTimeAsync(20_000);
  await expect(body.getReader().read()).rejects.toThrow('The client does not read.');
  await (await open()).cancel();
});
