import { expect, test } from 'vitest';
import { band, linear, threeTicks } from '../../../src/dashboard/charts/scale.ts';

test('a linear scale maps between two ends, and all to the start where there is no distance', () => {
  expect([0, 5, 10].map(linear([0, 10], [100, 0]))).toEqual([100, 50, 0]);
  expect(linear([3, 3], [0, 100])(3)).toBe(0);
});

test('bands divide the width evenly', () => {
  expect(band(4, 1, 0.5)).toEqual({ x: 31.25, middle: 37.5, width: 12.5 });
});

test('three ticks are round and have all values between them', () => {
  expect(threeTicks([0, 43], true)).toEqual([0, 25, 50]);
  expect(threeTicks([0, 198], true)).toEqual([0, 100, 200]);
  expect(threeTicks([0, 388], true)).toEqual([0, 200, 400]);
  expect(threeTicks([41, 52], true)).toEqual([40, 50, 60]);
  expect(threeTicks([960, 1001], true)).toEqual([950, 1000, 1050]);
});

test('a tick is never between two counts, and values that are all the same have ticks too', () => {
  expect(threeTicks([0, 1], true)).toEqual([0, 1, 2]);
  expect(threeTicks([0, 3], true)).toEqual([0, 2, 4]);
  expect(threeTicks([0, 0], true)).toEqual([0, 1, 2]);
  expect(threeTicks([7, 7], true)).toEqual([7, 8, 9]);
  expect(threeTicks([0, 3], false)).toEqual([0, 1.5, 3]);
});

test('ticks begin at 0 where that leaves the values more than half of the height', () => {
  expect(threeTicks([20, 52], true)[0]).toBe(0);
  expect(threeTicks([30, 48], true)[0]).toBe(30);
});

test('every range of counts has three ticks around it', () => {
  for (let high = 0; high < 5_000; high += 7)
    for (const low of [0, Math.floor(high / 3), Math.floor(high * 0.9), high]) {
      const [first, , last] = threeTicks([low, high], true);
      expect(first).toBeLessThanOrEqual(low);
      expect(last).toBeGreaterThanOrEqual(high);
    }
});
