/** What somebody who goes back to a dump would give up, as far as it can be counted. */
import { expect, it } from 'vitest';
import { connect } from '../../../src/db/connection.ts';
import { countRowsNow } from '../../../src/schema/dump/rows-now.ts';
import { eachTestGets, type TestDatabase } from '../../support/servers/database.ts';
import { addRows } from '../../support/sql/fixtures.ts';

let database: TestDatabase;
eachTestGets('migrated', (made) => {
  database = made;
});
const { signal } = new AbortController();

it('counts the rows of the tables that the application cannot do without', async () => {
  await addRows(database.sql);
  expect(await countRowsNow(database.url, signal)).toEqual({ Roles: 4, Users: 2, Projects: 3 });
});

it('says that it does not know of a table that is gone or locked, and does not wait for long', async () => {
  await database.sql`DROP TABLE "Projects" CASCADE`;
  const holder = connect(database.url, { max: 1 });
  try {
    await holder`BEGIN`;
    await holder`LOCK TABLE "Users" IN ACCESS EXCLUSIVE MODE`;
    expect(await countRowsNow(database.url, signal)).toEqual({ Roles: 4, Users: null, Projects: null });
  } finally {
    await holder.end();
  }
});
