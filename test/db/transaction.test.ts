import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { transaction } from '../../src/db/transaction.ts';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createDatabase({ template: 'empty' });
  sql = connect(database.url, { max: 2 });
  await sql`CREATE TABLE kept (n integer)`;
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await database.drop();
});

const kept = async () => (await database.sql`SELECT n FROM kept ORDER BY n`).map((row) => row['n']);

test('a transaction commits what it returns and rolls back what it throws', async () => {
  const insert = (n: number, fail: boolean) =>
    transaction(sql, { isolation: 'read committed' }, async (tx) => {
      await tx`INSERT INTO kept VALUES (${n})`;
      if (fail) throw new Error('on purpose');
      return 'done';
    });
  expect(await insert(1, false)).toBe('done');
  await expect(insert(2, true)).rejects.toThrow('on purpose');
  expect(await kept()).toEqual([1]);
});

test.each([
  // Its locks are free again when its client has said nothing for so long.
  ['idle_in_transaction_session_timeout', '10s'],
  ['transaction_isolation', 'repeatable read'],
])('a transaction has the setting %s = %s', async (name, value) => {
  const rows = await transaction(sql, { isolation: 'repeatable read' }, (tx) => tx.unsafe(`SHOW ${name}`));
  expect(rows).toEqual([{ [name]: value }]);
});
