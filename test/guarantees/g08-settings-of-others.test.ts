/** Whatever settings a database gives its sessions, figures are exact, and the application does not notice that we are there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { alterDatabase, connectForTest, eachTestGets } from '../support/servers/database.ts';
import { NO_CACHE, QUIET, ranJob, readinessOf, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';
import { typeCommand } from '../support/service/typed-command.ts';

/** Each makes something fail or differ where it is not stated otherwise. */
const SETTINGS = [
  'search_path = nowhere',
  'IntervalStyle = sql_standard',
  "TimeZone = 'Pacific/Kiritimati'",
  'array_nulls = off',
  'extra_float_digits = -15',
  'quote_all_identifiers = on',
  'default_transaction_isolation = serializable',
  'default_transaction_deferrable = on',
  'statement_timeout = 400',
  'lock_timeout = 1',
  'idle_in_transaction_session_timeout = 5',
];
const SINCE_17 = 'transaction_timeout = 400';

async function alter(sql: Sql, settings: readonly string[]): Promise<void> {
  const [{ version }] = await sql<[{ version: number }]>`
    SELECT current_setting('server_version_num')::integer / 10000 AS version`;
  const known = [...settings, ...(version >= 17 ? [SINCE_17] : [])];
  for (const setting of known) await alterDatabase(sql, setting);
  // Servers of 19 and newer have it always on.
  await alterDatabase(sql, 'standard_conforming_strings = off').catch(() => undefined);
}

test.each(['German', 'SQL, DMY', 'Postgres, MDY'])(
  'a database that writes dates as %s, and has every other setting against us, gets exact figures',
  async (style) => {
    const node = await runForTest({}, async (sql) => {
      await insertProject(sql, { region: 'northern' });
      await alter(sql, [`DateStyle = '${style}'`, ...SETTINGS]);
    });
    const { asOf } = await (await node.get('/stats/global', NO_CACHE)).json();
    expect(Math.abs(Date.parse(asOf) - Date.now())).toBeLessThan(600_000);
    await insertProject(node.sql, { region: null });
    await until(async () => (await totalOf(node)) === 2);
    expect(await (await node.post('/stats/recompute', { full: true })).json()).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ key: 'global' })]),
    });
    expect((await node.get('/stats/global/history?metrics=totalProjects')).status).toBe(200);
    expect((await node.get('/stats/lists/overdue')).status).toBe(200);
    expect((await node.get('/jobs')).status).toBe(200);
    expect(await ranJob(node, 'audit')).toMatchObject({ outcome: 'succeeded' });
    await expectOracleAgrees(node.sql);
    expect((await readinessOf(node)).status).toBe('ready');
    expect(node.warnings).toEqual([]);
    for (const command of ['migrate', 'verify', 'recompute --full'])
      expect(await typeCommand(command, { DATABASE_URL: node.url }), command).toMatchObject({ code: 0 });
  },
);

test('no transaction of the application fails because of a node where SERIALIZABLE is the default', async () => {
  let [j, k] = ['', ''];
  const node = await runForTest({ ...QUIET, POLL_INTERVAL_MS: '10' }, async (sql) => {
    [j, k] = [await insertProject(sql), await insertProject(sql)];
    await alterDatabase(sql, 'default_transaction_isolation = serializable');
  });
  const [one, other] = [connectForTest(node.url), connectForTest(node.url)];
  const failures: unknown[] = [];
  for (let times = 0; times < 8; times++) {
    await one
      .begin(async (tx) => {
        await tx`SELECT FROM "Projects" WHERE "ProjectId" = ${j}`;
        await other`UPDATE "Projects" SET "ClientInfo" = 'b' WHERE "ProjectId" = ${j}`;
        await sleep(150);
        await tx`UPDATE "Projects" SET "ClientInfo" = 'a' WHERE "ProjectId" = ${k}`;
      })
      .catch((error) => failures.push(error));
  }
  expect(failures).toEqual([]);
});

const database = eachTestGets('migrated');

test('a second application in the same database is refused, with the schema that the statistics are of', async () => {
  await database.sql.unsafe('CREATE SCHEMA second; CREATE TABLE second."Projects" ("ProjectId" uuid)');
  const url = `${database.url}?options=-csearch_path%3Dsecond`;
  const refused = {
    code: 1,
    stderr: expect.stringMatching(/^The statistics .* schema "public", .* schema "second"\./),
  };
  for (const command of ['migrate', 'serve', 'verify', 'recompute'])
    expect(await typeCommand(command, { DATABASE_URL: url, PORT: '0' }), command).toMatchObject(refused);
  // One that is not there yet.
  await database.sql.unsafe('DROP TABLE second."Projects"');
  expect(await typeCommand('migrate', { DATABASE_URL: url })).toMatchObject(refused);
  await alterDatabase(database.sql, 'search_path = second');
  expect(await typeCommand('migrate', { DATABASE_URL: database.url })).toMatchObject({ code: 0 });
});
