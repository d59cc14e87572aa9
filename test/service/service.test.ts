/** The service as a whole: its start, its days, and its table. */
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { TimeZoneMismatchError, UnknownScopeError } from '../../src/errors.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { databaseForTest } from '../support/servers/database.ts';
import { NO_CACHE, QUIET, totalOf } from '../support/service/observing.ts';
import { runForTest, runService } from '../support/service/running-service.ts';
import { typeCommand } from '../support/service/typed-command.ts';
import { noteBounds } from '../support/sql/bounds.ts';
import { tableInUse } from '../support/sql/cells.ts';

test('a node of another time zone refuses to start and says how to change it', async () => {
  const starting = runService({ STATS_TIME_ZONE: 'Europe/Berlin' }, (sql) =>
    refresh({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'scan' }),
  );
  await expect(starting).rejects.toThrow(TimeZoneMismatchError);
  await expect(starting).rejects.toMatchObject({ help: expect.stringContaining('recompute --full') });
});

test.each([
  ['Asia/Bangkok', 'asia/bangkok'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
])('a node goes on where figures were kept for %s, and calls the zone %s', async (kept, name) => {
  const node = await runForTest({ STATS_TIME_ZONE: name }, async (sql) => {
    await insertProject(sql);
    await refresh({ sql, timeZone: kept, ttlSeconds: 300, engine: 'incremental' });
  });
  await until(
    async () => (await node.sql`SELECT FROM dashboard_stats.state WHERE generation > 0`).length > 0,
  );
  await insertProject(node.sql);
  await until(async () => (await totalOf(node)) === 2);
});

test('a node whose database comes from a backup, without the tables of cells, goes on without a warning', async () => {
  const node = await runForTest(QUIET, (sql) => insertProject(sql));
  const inUse = () => tableInUse(node.sql, 'totals').catch(() => undefined);
  await until(async () => (await inUse()) !== undefined);
  await node.sql.unsafe(`DROP TABLE ${await inUse()}`);
  await insertProject(node.sql);
  expect(await totalOf(node, NO_CACHE)).toBe(2);
  expect(node.warnings).toEqual([]);
});

test('a zone that Node knows and the server does not, VST or JST, is refused by name', async () => {
  const { url } = await databaseForTest();
  for (const STATS_TIME_ZONE of ['VST', 'JST'])
    for (const command of ['serve', 'recompute --full'])
      expect(await typeCommand(command, { DATABASE_URL: url, STATS_TIME_ZONE, PORT: '0' })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `STATS_TIME_ZONE is ${STATS_TIME_ZONE}, and this PostgreSQL server has no time zone`,
        ),
      });
});

test('the first reader after a start gets what changed while no node ran', async () => {
  const first = await runForTest(QUIET, (sql) => insertProject(sql));
  await insertProject(first.sql);
  expect(await totalOf(first)).toBe(1);
  const second = await runForTest(QUIET, undefined, { beside: first });
  expect(await totalOf(second)).toBe(2);
});

test('what a reader waits for is bounded in the database too', async () => {
  // Nothing builds cells beside it: a second attempt would have what the first left of the time.
  const settings = { ...QUIET, ENGINE: 'scan', REFRESH_HARD_TIMEOUT_MS: '4000' };
  const { sql, service } = await runForTest(settings);
  const bounds = await noteBounds(sql);
  await insertProject(sql);
  await service.read(() => ['global'], { current: true });
  expect(await bounds()).toEqual([{ statement: '4s', lock: '4s' }]);
});

test('readers of a trend cost one read of the kept days', async () => {
  const { service } = await runForTest(QUIET);
  const reading = await service.read(() => ['global']);
  const { loads } = service.memory.history;
  await Promise.all(Array.from({ length: 32 }, () => service.history(reading, 'global')));
  expect(service.memory.history.loads - loads).toBe(1);
});

test('readers of a list at a new revision cost one read of it, and memory then answers without a promise', async () => {
  const { sql, service } = await runForTest(QUIET, (sql) => insertProject(sql));
  const query = { list: 'recentlyActive', key: 'global', limit: 20, after: undefined } as const;
  const first = await service.list(query);
  await insertProject(sql);
  await service.refresher.refresh();
  const readers = await Promise.all(Array.from({ length: 32 }, () => service.list(query)));
  expect(new Set(readers.map(({ page }) => page.id)).size).toBe(1);
  const known = service.list(query);
  // A process that had no processor for a second labels what it has in memory.
  const source = expect.stringMatching(/^(memory|stale)$/);
  expect(known).toMatchObject({ page: { id: readers[0]?.page.id }, reading: { source } });
  // Each that asks for the present reads the list after its own refresh.
  const present = await Promise.all([1, 2].map(() => service.list(query, { current: true })));
  expect(new Set([first, ...readers, ...present].map(({ page }) => page.id)).size).toBe(4);
});

test('a new local day is refreshed without anybody asking', async () => {
  const node = await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, (sql) => insertProject(sql));
  const day = async () => (await node.sql`SELECT local_date FROM dashboard_stats.state`)[0]?.['local_date'];
  const today = await day();
  await node.sql`UPDATE dashboard_stats.state SET local_date = local_date - 1`;
  await until(async () => String(await day()) === String(today));
});

test.each([
  ['emptied', (sql: Sql) => sql`TRUNCATE "DashboardStatsCache"`],
  [
    'emptied with all that is known of it',
    (sql: Sql) => sql`TRUNCATE "DashboardStatsCache", dashboard_stats.documents`,
  ],
  ['robbed of a row', (sql: Sql) => sql`DELETE FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`],
])('a table of documents that was %s is filled again by the next reader', async (_, harm) => {
  const node = await runForTest(QUIET, (sql) => insertProject(sql));
  await harm(node.sql);
  expect(await totalOf(node, NO_CACHE)).toBe(1);
  const fresh = await runForTest(QUIET, undefined, { beside: node });
  expect(await totalOf(fresh)).toBe(1);
});

test('Age counts from the last poll that found nothing, and where triggers go from the last one with them', async () => {
  const settings = { CRON_REFRESH_EXPIRED: 'off', ENGINE: 'scan' };
  const node = await runForTest(settings, (sql) => insertProject(sql));
  const age = async () => Number((await node.get('/stats/global')).headers.get('Age'));
  // The last refresh was long ago, and the document was checked so long ago, by the node's clock.
  await node.sql`UPDATE dashboard_stats.state SET as_of = as_of - INTERVAL '1 hour'`;
  node.clock.ahead = 100_000;
  await until(async () => !node.service.isBehind);
  await until(async () => (await age()) <= 1);
  await node.sql`UPDATE dashboard_stats.state SET wants_triggers = false`;
  await until(async () => !node.service.state.tracksChanges);
  expect(await age()).toBeLessThan(50);
  node.clock.ahead = 200_000;
  expect(await age()).toBeGreaterThanOrEqual(100);
  await node.service.refresher.refresh();
  expect(await age()).toBeGreaterThanOrEqual(100);
});

test('each of several invalidations at once has a revision of its own, and answers its own keys; only one that is at fault fails', async () => {
  const { service, sql } = await runForTest(QUIET, (tx) => insertProject(tx));
  const before = service.memory.snapshot?.position.revision ?? 0;
  const asked = await Promise.allSettled([
    service.invalidate({ keys: ['global', 'region:northern'] }),
    service.invalidate({ keys: ['region:nothern'] }),
    service.invalidate({ keys: ['global'] }),
  ]);
  expect(asked).toMatchObject([
    { value: { keys: ['global', 'region:northern'] } },
    { reason: expect.any(UnknownScopeError) },
    { value: { keys: ['global'] } },
  ]);
  const revisions = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.revision] : []));
  expect(revisions.sort()).toEqual([before + 1, before + 2]);
  const later = await service.invalidate({ all: true });
  expect(later.revision).toBe(before + 3);
  const rows = await sql`SELECT DISTINCT "Version" AS version, "IsValid" AS valid FROM "DashboardStatsCache"`;
  expect(rows).toEqual([{ version: later.revision, valid: false }]);
});
