import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect } from '../../../src/db/connection.ts';
import { oldestSnapshot } from '../../../src/engine/sql/oldest-snapshot.ts';
import { eachTestGets } from '../../support/servers/database.ts';

const database = eachTestGets('empty');

test.each([
  ['a snapshot that somebody holds', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1'],
  ['a change that nobody commits', 'BEGIN; CREATE TABLE forgotten ()'],
])('%s is reported with its owner, until it ends', async (_, hold) => {
  const holder = connect(database.url, { max: 1, applicationName: 'a dump' });
  expect(await oldestSnapshot(database.sql)).toBeUndefined();
  await holder.unsafe(hold);
  await sleep(100);
  const oldest = await oldestSnapshot(database.sql);
  expect(oldest?.owner).toMatch(/^a dump as .*, process \d+$/);
  expect(oldest?.ageSeconds).toBeGreaterThanOrEqual(0.1);
  await holder`ROLLBACK`;
  expect(await oldestSnapshot(database.sql)).toBeUndefined();
  await holder.end();
});
