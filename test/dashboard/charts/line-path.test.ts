import { expect, test } from 'vitest';
import { extent, linePath } from '../../../src/dashboard/charts/line-path.ts';

test('a line leaves gaps where no value is, and a value on its own is a dot', () => {
  const path = linePath(
    [1, 2, null, 3, null, 1 / 3],
    (i) => i * 10,
    (value) => value,
  );
  expect(path).toBe('M0,1h0L10,2M30,3h0M50,0.3h0');
});

test('the extent is that of the values which are there', () => {
  expect(extent([null, 3, -1, null])).toEqual([-1, 3]);
  expect(extent([null])).toEqual([0, 1]);
});
