import { expect, test } from 'vitest';
import { restAfter } from '../../src/engine/pace.ts';

const INTERVAL_MS = 50;
const rest = (poll: Partial<Parameters<typeof restAfter>[0]>) =>
  restAfter({ tookMs: 1, refreshed: false, idleMs: 0, ...poll }, INTERVAL_MS);

test('between two polls that find nothing lies the interval', () => {
  expect(rest({})).toBe(INTERVAL_MS);
  expect(rest({ idleMs: 9_999 })).toBe(INTERVAL_MS);
});

test('when nothing has happened for ten seconds it rises to 100 ms, and never shrinks by that', () => {
  expect(rest({ idleMs: 10_000 })).toBe(100);
  expect(restAfter({ tookMs: 1, refreshed: false, idleMs: 60_000 }, 500)).toBe(500);
});

test('after a quick refresh the next poll comes soon, after a long one as late as that took', () => {
  expect(rest({ refreshed: true, tookMs: 4 })).toBe(10);
  expect(rest({ refreshed: true, tookMs: 300 })).toBe(300);
});

test('polls that are slow although they find nothing take a fifth of the time at most', () => {
  expect(rest({ tookMs: 30 })).toBe(120);
  expect(rest({ tookMs: 5_000 })).toBe(1_000);
});
