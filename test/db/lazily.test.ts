import { expect, test, vi } from 'vitest';
import { lazily } from '../../src/db/lazily.ts';
import { transaction } from '../../src/db/transaction.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('empty');

test('a pool is created at its first use, once, and works like the one that was created', async () => {
  const create = vi.fn(() => database.sql);
  await lazily(create).end();
  const lazy = lazily(create);
  expect(create).not.toHaveBeenCalled();
  expect(await lazy.sql`SELECT ${1}::integer AS one`).toMatchObject([{ one: 1 }]);
  const two = await transaction(lazy.sql, { isolation: 'read committed' }, (tx) => tx`SELECT 2 AS two`);
  expect(two).toMatchObject([{ two: 2 }]);
  expect(create).toHaveBeenCalledTimes(1);
});
