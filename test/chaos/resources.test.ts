/** Everything that a soak measures is compared with what it may be. */
import { expect, test } from 'vitest';
import { grown, type Resources } from './resources.ts';

const faultsOf = (name: string, ...values: number[]) =>
  grown(
    values.map((value): Resources => ({ [name]: value })),
    10,
  );

test.each([
  ['RSS in MB of node 1', [120, 121, 150], [120, 121, 190]],
  ['MB heap of node 1', [30, 31, 33], [30, 31, 36]],
  ['streams dropped of node 1', [1, 1, 1], [0, 0, 1]],
  ['audit mismatches of node 1', [0, 0, 0], [1, 1, 1]],
])('of %s some values are right, and others are reported', (name, right, wrong) => {
  expect(faultsOf(name, ...right)).toEqual([]);
  expect(faultsOf(name, ...wrong)).toMatchObject([expect.stringContaining(name)]);
});

test('what has no allowance is not passed over', () => {
  expect(() => faultsOf('threads of node 1', 1, 1, 1)).toThrow('how much "threads of node 1" may grow');
});
