import { expect, test } from 'vitest';
import { withTimeout } from '../../src/timing/with-timeout.ts';

const late = () => new Error('late');

test('work that ends in time decides the result, and work that does not is late', async () => {
  expect(await withTimeout(1_000, Promise.resolve(1), late)).toBe(1);
  await expect(withTimeout(1_000, Promise.reject(new Error('failed')), late)).rejects.toThrow('failed');
  await expect(withTimeout(1, new Promise(() => {}), late)).rejects.toThrow('late');
});
