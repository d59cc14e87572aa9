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

test('commits what it returns and rolls back what it throws', async () => {
  expect(
    await transaction(sql, { isolation: 'read committed' }, (tx) =>
      tx`INSERT INTO kept VALUES (1)`.then(() => 'done'),
    ),
  ).toBe('done');
  const failing = transaction(sql, { isolation: 'read committed' }, async (tx) => {
    await tx`INSERT INTO kept VALUES (2)`;
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(await kept()).toEqual([1]);
});

test('is ended by the server where its client says nothing for ten seconds, so that its locks are free', async () => {
  const idle = await transaction(
    sql,
    { isolation: 'read committed' },
    (tx) => tx`SHOW idle_in_transaction_session_timeout`,
  );
  expect(idle[0]).toEqual({ idle_in_transaction_session_timeout: '10s' });
});

test('runs at the isolation level that it states', async () => {
  const level = await transaction(
    sql,
    { isolation: 'repeatable read' },
    async (tx) => tx`SHOW transaction_isolation`,
  );
  expect(level[0]).toEqual({ transaction_isolation: 'repeatable read' });
});
