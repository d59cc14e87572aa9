/** How a broadcast writes to many clients, whatever their streams are written to. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { StreamBroadcast } from '../../src/http/stream/broadcast.ts';
import { StreamPlaces } from '../../src/http/stream/places.ts';
import type { Sink } from '../../src/http/stream/sink.ts';
import { silentLog } from '../support/service/silent-log.ts';
import { GLOBAL, MadeUpSource, versionsIn } from '../support/service/stream-source.ts';

/** More than a broadcast writes to in one turn. */
const MANY = 1_000;

class RecordedSink implements Sink {
  closed = false;
  full = false;
  readonly frames: Uint8Array[] = [];
  onDrain = () => {};

  write(frames: Uint8Array) {
    this.frames.push(frames);
  }
  end() {
    this.closed = true;
  }
  drop() {
    this.closed = true;
  }
  listen(onDrain: () => void) {
    this.onDrain = onDrain;
  }
  get versions() {
    return versionsIn(Buffer.concat(this.frames).toString());
  }
  /** The last that it was told. */
  get state() {
    return /.*"state":"(\w+)"/s.exec(Buffer.concat(this.frames).toString())?.[1];
  }
}

function startBroadcast(clients: number) {
  const source = new MadeUpSource();
  const clock = { now: 0 };
  const places = new StreamPlaces(clients, () => clock.now);
  const streams = new StreamBroadcast(source, { log: silentLog, now: () => clock.now, places });
  const sinks = Array.from({ length: clients }, () => new RecordedSink());
  for (const sink of sinks) streams.open(sink, GLOBAL, source.reading(), undefined);
  return { source, clock, streams, sinks };
}

test('a change in the middle of a round is sent to whoever has not had its turn, and then to the others', async () => {
  const { source, streams, sinks } = startBroadcast(MANY);
  const second = source.change();
  await nextTurn();
  const late = sinks.filter(({ versions }) => !versions.includes(second));
  expect(late.length).toBeGreaterThan(0);
  expect(late.length).toBeLessThan(MANY);
  const third = source.change();
  await expect.poll(() => sinks.every(({ versions }) => versions.at(-1) === third)).toBe(true);
  // Not one of them was sent what it did not need any more.
  for (const { versions } of late) expect(versions).toEqual([1, third]);
  for (const sink of sinks) if (!late.includes(sink)) expect(sink.versions).toEqual([1, second, third]);
  streams.close();
});

test('clients of the same selection share the bytes of a change', async () => {
  const { source, streams, sinks } = startBroadcast(3);
  source.change();
  await nextTurn();
  const last = sinks.map(({ frames }) => frames.at(-1));
  expect(versionsIn(String(Buffer.from(last[0] ?? [])))).toEqual([2]);
  expect(new Set(last).size).toBe(1);
  streams.close();
});

test('a client whose sink is full gets the newest when it has read, and is dropped when it never does', async () => {
  const { source, clock, streams, sinks } = startBroadcast(2);
  const [slow, dead] = sinks as [RecordedSink, RecordedSink];
  for (const sink of sinks) sink.full = true;
  source.change();
  const last = source.change();
  await nextTurn();
  slow.full = false;
  slow.onDrain();
  await nextTurn();
  expect([slow.versions, dead.versions]).toEqual([[1, last], [1]]);
  clock.now = 31_000;
  source.change();
  await nextTurn();
  expect([slow.closed, dead.closed, streams.size, streams.counts.dropped]).toEqual([false, true, 1, 1]);
  streams.close();
});

test('a broadcast that waited for statistics does not pause the longer', async () => {
  const { source, streams, clock, sinks } = startBroadcast(MANY);
  source.until = nextTurn().then(() => {
    clock.now += 60_000;
  });
  source.change();
  await source.until;
  const last = source.change();
  await expect.poll(() => sinks.every(({ versions }) => versions.at(-1) === last)).toBe(true);
  streams.close();
});

test('a doubt that is over at the next check is told to nobody, and one that lasts to everybody', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { source, streams, sinks } = startBroadcast(2);
  const states = () => sinks.map(({ state }) => state);
  source.unconfirmed = { reason: 'database-away' };
  vi.advanceTimersByTime(500);
  source.unconfirmed = undefined;
  vi.advanceTimersByTime(500);
  source.unconfirmed = { reason: 'database-away' };
  vi.advanceTimersByTime(500);
  const late = new RecordedSink();
  streams.open(late, GLOBAL, source.reading(), undefined);
  expect([late.state, ...states()]).toEqual(['stale', 'live', 'live']);
  vi.advanceTimersByTime(500);
  expect(states()).toEqual(['stale', 'stale']);
  source.unconfirmed = undefined;
  vi.advanceTimersByTime(500);
  expect([late.state, ...states()]).toEqual(['live', 'live', 'live']);
  streams.close();
});

test('in the middle of a round nobody is told that the documents are the present again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { source, streams, sinks } = startBroadcast(MANY);
  source.unconfirmed = { reason: 'behind' };
  source.change();
  await expect.poll(() => sinks.every(({ state }) => state === 'behind')).toBe(true);
  source.unconfirmed = undefined;
  const last = source.change();
  await nextTurn();
  vi.advanceTimersByTime(500);
  const isLive = ({ state }: RecordedSink) => state === 'live';
  expect(sinks.some((sink) => sink.versions.at(-1) !== last)).toBe(true);
  expect(sinks.some(isLive)).toBe(false);
  await expect.poll(() => sinks.every((sink) => sink.versions.at(-1) === last && isLive(sink))).toBe(true);
  streams.close();
});

test('a selection that cannot be read does not keep the others from their documents', async () => {
  const source = new MadeUpSource();
  const places = new StreamPlaces(2, () => 0);
  const streams = new StreamBroadcast(source, { log: silentLog, now: () => 0, places });
  const [refused, other] = [new RecordedSink(), new RecordedSink()];
  const choose = () => [];
  source.refused = choose;
  streams.open(refused, { ...GLOBAL, name: 'refused', choose }, source.reading(), undefined);
  streams.open(other, GLOBAL, source.reading(), undefined);
  const last = source.change();
  await expect.poll(() => other.versions.at(-1)).toBe(last);
  expect(refused.versions).toEqual([1]);
  streams.close();
});
