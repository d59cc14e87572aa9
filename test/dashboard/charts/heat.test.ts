import { expect, test } from 'vitest';
import { heatClass } from '../../../src/dashboard/charts/heat.ts';

test('the greatest value has the last of ten steps, and nothing the first', () => {
  expect([0, 9, 10, 55, 99, 100].map((value) => heatClass(value, 100))).toEqual(
    ['0', '0', '1', '5', '9', '9'].map((step) => `heat-${step}`),
  );
  expect(heatClass(0, 0)).toBe('heat-0');
});
