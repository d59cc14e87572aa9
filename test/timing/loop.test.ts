import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Loop, type Rest } from '../../src/timing/loop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OVER_MS = 1_000;

/** One run that takes `tookMs` and then rests, or fails. */
interface Run {
  tookMs?: number;
  rest?: Rest;
  fails?: true;
}

/** When each run began, in ms since the start (the shortest timer takes 1 ms), where the loop is woken at `wakes` and closed at `closesAt`. */
async function begins(runs: Run[], { wakes = [] as number[], closesAt = OVER_MS } = {}): Promise<number[]> {
  const startedAt = performance.now();
  const begun: number[] = [];
  const loop = new Loop(
    async () => {
      const { tookMs = 0, rest = { ms: OVER_MS }, fails } = runs[begun.length] ?? {};
      begun.push(Math.round(performance.now() - startedAt));
      if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
      if (fails) throw new Error('on purpose');
      return rest;
    },
    (_, inARow) => 10 * 2 ** inARow,
  );
  loop.start();
  for (const at of wakes) setTimeout(() => loop.wake(), at);
  setTimeout(() => void loop.close(), closesAt);
  await vi.advanceTimersByTimeAsync(OVER_MS - 1);
  return begun;
}

const rest = { ms: 100 };

test.each<[string, Run[], Parameters<typeof begins>[1], number[]]>([
  ['rests between two runs as long as the first said', [{ rest }, { rest: { ms: 200 } }], {}, [0, 100, 300]],
  ['counts the rest from the end of a run', [{ tookMs: 50, rest }], {}, [0, 150]],
  ['runs at once when it is woken', [{ rest }, { rest }], { wakes: [30] }, [0, 31, 131]],
  [
    'runs right after the run during which it was woken',
    [{ tookMs: 50, rest }],
    { wakes: [10, 20] },
    [0, 51],
  ],
  [
    'does not run sooner than a rest allows',
    [{ rest: { ms: 100, atLeastMs: 40 } }],
    { wakes: [10, 30] },
    [0, 40],
  ],
  [
    'does not run sooner than a rest allows after a run during which it was woken',
    [{ tookMs: 50, rest: { ms: 100, atLeastMs: 40 } }],
    { wakes: [10] },
    [0, 90],
  ],
  [
    'rests longer after each failure in a row',
    [{ fails: true }, { fails: true }, { fails: true }],
    {},
    [0, 20, 60, 140],
  ],
  [
    'starts counting failures again after a success',
    [{ fails: true }, { rest }, { fails: true }],
    {},
    [0, 20, 120, 140],
  ],
  ['does not run sooner after a failure', [{ fails: true }], { wakes: [5] }, [0, 20]],
  ['does not run after it was closed', [{ rest }, { rest }], { closesAt: 50 }, [0]],
  ['does not run after it was closed, not even when woken', [{ rest }], { closesAt: 50, wakes: [60] }, [0]],
])('a loop %s', async (_, runs, when, expected) => {
  expect(await begins(runs, when)).toEqual(expected);
});

test('close() waits for the run under way, and a failure of that run is not reported', async () => {
  const failed = vi.fn(() => 0);
  const loop = new Loop(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error('on purpose');
  }, failed);
  loop.start();
  await vi.advanceTimersByTimeAsync(10);
  const closed = vi.fn();
  void loop.close().then(closed);
  await vi.advanceTimersByTimeAsync(30);
  expect(closed).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20);
  expect(closed).toHaveBeenCalled();
  expect(failed).not.toHaveBeenCalled();
});
