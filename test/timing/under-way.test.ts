import { expect, test } from 'vitest';
import { UnderWay } from '../../src/timing/under-way.ts';

test('work for the same is done once for all who ask meanwhile, and again for who asks later', async () => {
  const underWay = new UnderWay<number>();
  let begun = 0;
  const work = async () => ++begun;
  const [a, b, other] = ['x', 'x', 'y'].map((id) => underWay.join(id, work));
  expect(await Promise.all([a, b, other])).toEqual([1, 1, 2]);
  expect(await underWay.join('x', work)).toBe(3);
});

test('all who ask meanwhile hear of a failure, and the next one tries again', async () => {
  const underWay = new UnderWay<number>();
  const failing = () => Promise.reject(new Error('no'));
  const asked = [1, 2].map(() => underWay.join('x', failing));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await underWay.join('x', async () => 4)).toBe(4);
});
