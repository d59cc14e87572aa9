import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { described, Progress } from '../../src/commands/progress.ts';

test.each([
  [
    { what: 'projects', done: 2_000, total: 10_000 },
    4_000,
    1_000,
    '2,000 of 10,000 projects, 500 a second, 15 s left',
  ],
  [{ what: 'rows', done: 30, total: 1_000 }, 6_000, 0, '30 of 1,000 rows, 5 a second, 3 min 14 s left'],
  // More than the estimate, and for longer than it took before.
  [{ what: 'rows', done: 12, total: 10 }, 1_000, 9_000, '12 of 12 rows, 12 a second, 0 s left'],
  [{ what: 'migrations', done: 0, total: 13 }, 0, 9_000, '0 of 13 migrations'],
  [{ what: 'Computing', done: 0, total: 0 }, 0, 61_000, 'Computing ... 1 min 1 s'],
])('%j after %i ms, reported %i ms ago, is shown as %s', (doing, tookMs, sinceMs, text) => {
  expect(described(doing, tookMs, sinceMs)).toBe(text);
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('without a terminal it is a line every ten seconds, and none of what is done before or at the end', async () => {
  const print = vi.fn();
  const progress = new Progress(false, print);
  progress.at('projects', 0, 100);
  await vi.advanceTimersByTimeAsync(5_000);
  progress.at('projects', 50, 100);
  expect(print).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(print.mock.calls).toEqual([['50 of 100 projects, 10 a second, 0 s left']]);
  progress.end();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(print).toHaveBeenCalledOnce();
});
