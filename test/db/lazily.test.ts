import { expect, test } from 'vitest';
import { lazily } from '../../src/db/lazily.ts';
import { transaction } from '../../src/db/transaction.ts';
import { eachTestGets, type TestDatabase } from '../support/servers/database.ts';

let sql: TestDatabase['sql'];
eachTestGets('empty', (database) => {
  sql = database.sql;
});

test('a pool is made at its first use, once, and works like the one that was made', async () => {
  let made = 0;
  const lazy = lazily(() => {
    made++;
    return sql;
  });
  expect(made).toBe(0);
  expect(await lazy.sql`SELECT ${1}::integer AS one`).toMatchObject([{ one: 1 }]);
  const two = await transaction(lazy.sql, { isolation: 'read committed' }, (tx) => tx`SELECT 2 AS two`);
  expect(two).toMatchObject([{ two: 2 }]);
  expect(made).toBe(1);
});

test('the end of one that was never used makes none', async () => {
  const lazy = lazily(() => {
    throw new Error('It was made.');
  });
  await lazy.end();
});
