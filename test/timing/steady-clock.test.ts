import { expect, test } from 'vitest';
import { steadyClock } from '../../src/timing/steady-clock.ts';

test('a clock that is set back goes on from where it was, each time, and follows where it is set ahead', () => {
  let wall = 1_000;
  const now = steadyClock(() => wall);
  const at = (time: number) => {
    wall = time;
    return now();
  };
  expect([1_000, 1_010, 500, 520, 100, 101, 9_101].map(at)).toEqual([
    1_000, 1_010, 1_010, 1_030, 1_030, 1_031, 10_031,
  ]);
});
