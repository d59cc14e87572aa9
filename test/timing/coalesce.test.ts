import { expect, test } from 'vitest';
import { coalesce } from '../../src/timing/coalesce.ts';

test('each caller gets a run that began after its call, and callers share what waits', async () => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const run = coalesce(() => {
    const n = ++runs;
    return new Promise<number>((resolve) => ends.push(() => resolve(n)));
  });
  const first = run();
  const [second, third] = [run(), run()];
  expect(runs).toBe(1);
  ends[0]?.();
  expect(await first).toBe(1);
  await Promise.resolve();
  ends[1]?.();
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  expect(runs).toBe(2);
});

test('two runs are never under way, not even when a call comes as one ends', async () => {
  let underWay = 0;
  let most = 0;
  const run = coalesce(async () => {
    most = Math.max(most, ++underWay);
    for (let i = 0; i < 7; i++) await Promise.resolve();
    underWay--;
  });
  const calls: Promise<void>[] = [run(), run()];
  for (let i = 0; i < 50; i++) {
    await Promise.resolve();
    calls.push(run());
  }
  await Promise.all(calls);
  expect(most).toBe(1);
});

test('a run that fails fails its callers only', async () => {
  let runs = 0;
  const run = coalesce(async () => {
    if (++runs === 1) throw new Error('first');
    return runs;
  });
  const results = await Promise.allSettled([run(), run()]);
  expect(results.map((r) => r.status)).toEqual(['rejected', 'fulfilled']);
});
