import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../src/db/connection.ts';
import { SnapshotWatch } from '../../../src/runtime/node/snapshot-watch.ts';
import { createDatabase, type TestDatabase } from '../../support/servers/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

test.each([
  ['a snapshot that somebody holds', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1'],
  ['a change that nobody commits', 'BEGIN; CREATE TABLE forgotten ()'],
])('the watch sees %s, warns of it once, and sees none when it has ended', async (_, hold) => {
  const holder = connect(database.url, { max: 1, applicationName: 'a dump' });
  const warnings: unknown[] = [];
  const silent = () => {};
  const log = { debug: silent, info: silent, error: silent, warn: (data: object) => warnings.push(data) };
  const watch = new SnapshotWatch(database.sql, log, 0.2);
  await watch.check();
  expect(watch.seconds).toBe(0);
  await holder.unsafe(hold);
  await sleep(300);
  await watch.check();
  await watch.check();
  expect(watch.seconds).toBeGreaterThanOrEqual(0.3);
  expect(warnings).toEqual([{ owner: expect.stringMatching(/^a dump as .*, process \d+$/), seconds: 0 }]);
  await holder`ROLLBACK`;
  await watch.check();
  expect(watch.seconds).toBe(0);
  await holder.end();
});
