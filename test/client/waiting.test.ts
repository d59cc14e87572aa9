import { expect, test } from 'vitest';
import { backOff, pause } from '../../src/client/waiting.ts';

test('the time between attempts doubles up to the most, and is spread over its second half', () => {
  const times = [0, 1, 2, 9].map((failures) => backOff(failures, [1_000, 30_000], () => 1));
  expect(times).toEqual([1_000, 2_000, 4_000, 30_000]);
  expect(backOff(0, [1_000, 30_000], () => 0)).toBe(500);
});

test('a pause ends with its signal', async () => {
  const controller = new AbortController();
  const ended = pause(60_000, controller.signal);
  controller.abort();
  await ended;
  await pause(60_000, controller.signal);
});
