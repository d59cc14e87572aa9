/** Clients that do not read the body of an answer, and connections on which nothing happens. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { StreamBroadcast } from '../../src/http/stream/broadcast.ts';
import { StreamPlaces } from '../../src/http/stream/places.ts';
import { BodySink } from '../../src/http/stream/sink.ts';
import { silentLog } from '../support/service/silent-log.ts';
import { GLOBAL, MadeUpSource, versionsIn } from '../support/service/stream-source.ts';

/** So many documents of this length are more than a body holds unread. */
const [CHANGES, LENGTH] = [12, 100_000];

beforeEach(() => {
  // The only intervals of a broadcast are its ping and its look at the state.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
});

function open(until?: number) {
  const source = new MadeUpSource(LENGTH);
  const clock = { now: 0 };
  const places = new StreamPlaces(1, () => clock.now);
  const streams = new StreamBroadcast(source, { log: silentLog, now: () => clock.now, places });
  onTestFinished(() => streams.close());
  const sink = new BodySink();
  streams.open(sink, GLOBAL, source.reading(), undefined, until);
  return { source, clock, streams, body: sink.body };
}

async function change(source: MadeUpSource): Promise<void> {
  for (let n = 0; n < CHANGES; n++) {
    source.change();
    await nextTurn();
  }
}

/** What has been read so far. */
function reading(body: ReadableStream<Uint8Array>): () => string {
  let text = '';
  const decoder = new TextDecoder();
  void (async () => {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) text += decoder.decode(chunk);
  })();
  return () => text;
}

test('an idle stream is pinged every 20 seconds, so that no proxy cuts it', async () => {
  const text = reading(open().body);
  await vi.advanceTimersByTimeAsync(19_999);
  await nextTurn();
  expect(text()).toMatch(/^retry: .*\n\nevent: state\n.*\n\nevent: stats\n/);
  expect(text()).not.toContain(': ping');
  await vi.advanceTimersByTimeAsync(1);
  await nextTurn();
  expect(text()).toMatch(/\n\n: ping\n\n$/);
});

test('a stream ends with the token of its client', async () => {
  vi.setSystemTime(0);
  const { streams, body } = open(30_000);
  const text = reading(body);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(streams.size).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  await expect
    .poll(text)
    .toMatch(/: ping\n\nevent: close\ndata: \{"reason":"The token has expired\."\}\n\n$/);
  expect(streams.size).toBe(0);
});

test('a client that reads late gets the present, not all that was in between', async () => {
  const { source, body } = open();
  await change(source);
  const last = source.change();
  const text = reading(body);
  await expect.poll(() => versionsIn(text()).at(-1)).toBe(last);
  const versions = versionsIn(text());
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(versions.length).toBeLessThan(CHANGES / 2);
});

test.each([
  ['', undefined],
  [', also where its token has expired', 1],
])('a client that reads nothing for long is dropped, and its place is free%s', async (_, until) => {
  const { source, clock, streams, body } = open(until);
  await change(source);
  clock.now = 29_000;
  await vi.advanceTimersByTimeAsync(20_000);
  expect([streams.size, streams.full]).toEqual([1, true]);
  clock.now = 31_000;
  await vi.advanceTimersByTimeAsync(20_000);
  await expect(body.getReader().read()).rejects.toThrow('The client does not read.');
  expect([streams.size, streams.full]).toEqual([0, false]);
});
