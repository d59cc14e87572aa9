/** A client on a socket that reads late, or not at all. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Context } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { StreamBroadcast } from '../../../src/http/stream/broadcast.ts';
import { StreamPlaces } from '../../../src/http/stream/places.ts';
import { openResponse } from '../../../src/runtime/node/response-sink.ts';
import { serveForTest } from '../../support/servers/http.ts';
import { silentLog } from '../../support/service/silent-log.ts';
import { GLOBAL, MadeUpSource, versionsIn } from '../../support/service/stream-source.ts';

/** So many documents of this length are more than an operating system keeps for a socket. */
const [CHANGES, LENGTH] = [60, 300_000];

/** A client that does not read yet, of a stream that has sent it the first document. */
async function openUnread() {
  const source = new MadeUpSource(LENGTH);
  const clock = { now: 0 };
  const places = new StreamPlaces(1, () => clock.now);
  const streams = new StreamBroadcast(source, { log: silentLog, now: () => clock.now, places });
  const { base } = await serveForTest((_, outgoing) => {
    const opened = openResponse({ env: { outgoing } } as unknown as Context, {});
    if (opened) streams.open(opened.sink, GLOBAL, source.reading(), undefined);
  });
  const client = connect(Number(new URL(base).port), '127.0.0.1').pause();
  onTestFinished(() => void client.destroy());
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await expect.poll(() => streams.size).toBe(1);
  for (let i = 0; i < CHANGES; i++) {
    source.change();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { source, clock, streams, client };
}

test('a client that reads late gets the newest document, and few of those in between', async () => {
  const { source, streams, client } = await openUnread();
  const last = source.change();
  let text = '';
  client.on('data', (bytes) => {
    text += bytes;
  });
  client.resume();
  await expect.poll(() => text.includes(String(last).padStart(LENGTH, '0')), { timeout: 10_000 }).toBe(true);
  // Without the sizes of the chunks.
  const versions = versionsIn(text.replaceAll('\r\n', '\n'));
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(versions.length).toBeLessThan(CHANGES / 2);
  streams.close();
  await once(client, 'end');
  expect(text).toContain('event: close');
});

test('a client that reads nothing for long is cut off, and its place is free', async () => {
  const { source, clock, streams } = await openUnread();
  expect(streams.full).toBe(true);
  clock.now = 31_000;
  source.change();
  await expect.poll(() => [streams.size, streams.full, streams.counts.dropped]).toEqual([0, false, 1]);
});

test('a client that leaves gives its place back', async () => {
  const { streams, client } = await openUnread();
  client.destroy();
  await expect.poll(() => [streams.size, streams.full, streams.counts.dropped]).toEqual([0, false, 0]);
});
