import { expect, test } from 'vitest';
import { transaction } from '../../src/db/transaction.ts';
import { allTestsGet } from '../support/servers/database.ts';

const { sql } = allTestsGet('empty', (sql) => sql`CREATE TABLE kept (n integer)`);

test('a transaction commits what it returns and rolls back what it throws', async () => {
  const insert = (n: number, fail: boolean) =>
    transaction(sql, { isolation: 'read committed' }, async (tx) => {
      await tx`INSERT INTO kept VALUES (${n})`;
      if (fail) throw new Error('on purpose');
      return 'done';
    });
  expect(await insert(1, false)).toBe('done');
  await expect(insert(2, true)).rejects.toThrow('on purpose');
  expect(await sql`SELECT n FROM kept`).toEqual([{ n: 1 }]);
});

test.each([
  // Its locks are free again when its client has said nothing for so long.
  ['idle_in_transaction_session_timeout', '10s'],
  ['transaction_isolation', 'repeatable read'],
])('a transaction has the setting %s = %s', async (name, value) => {
  const rows = await transaction(sql, { isolation: 'repeatable read' }, (tx) => tx.unsafe(`SHOW ${name}`));
  expect(rows).toEqual([{ [name]: value }]);
});
