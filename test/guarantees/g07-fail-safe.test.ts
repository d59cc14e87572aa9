/** G7: whatever happens to the database, readers get what is in memory, labelled, and the node heals without a restart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { uninstall } from '../../src/schema/uninstall.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { alterDatabase } from '../support/servers/database.ts';
import { labelOf, NO_CACHE, QUIET, readinessOf, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a database that goes silent leaves readers what is in memory; whoever needs it gets 503 in time; it heals', async () => {
  const node = await runForTest({ REFRESH_HARD_TIMEOUT_MS: '1000', CRON_REFRESH_EXPIRED: 'off' }, (sql) =>
    insertProject(sql),
  );
  // A busy machine does not refresh within that second at the start.
  await until(async () => (await totalOf(node)) === 1, 20_000);
  node.proxy.mode = 'silent';
  expect(await totalOf(node)).toBe(1);
  const refused = async (path: string, withinMs: number, headers = {}) => {
    const began = performance.now();
    expect((await node.get(path, headers)).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(withinMs);
  };
  await Promise.all([
    refused('/stats/global', 3_000, NO_CACHE),
    refused('/stats/global?minRevision=999', 4_000),
    refused('/jobs', 3_000),
    refused('/stats/lists/overdue', 3_000),
    refused('/stats/global/history?metrics=totalProjects', 3_000),
  ]);
  await until(async () => (await readinessOf(node)).status === 'degraded');
  // What it serves may be invalidated, and it could not know of that (G4).
  for (const path of ['/stats/global', '/stats'])
    expect((await node.get(path)).headers.get('Cache-Status')).toMatch(
      /hit; ttl=-\d+; detail=stale:database-away$/,
    );
  node.proxy.mode = 'pass';
  await insertProject(node.sql);
  await until(async () => (await totalOf(node)) === 2, 20_000);
  // The next poll says that nothing is missing.
  await until(async () => (await readinessOf(node)).status === 'ready');
});

test('a node without its database serves expired documents, labelled, up to STALE_IF_ERROR_SECONDS', async () => {
  const node = await runForTest({ ...QUIET, STALE_IF_ERROR_SECONDS: '3600' }, (sql) => insertProject(sql));
  const northern = '/stats/lists/overdue?scope=region:northern';
  const ofNorthern = await (await node.get(northern)).text();
  const trend = '/stats/global/history?metrics=totalProjects';
  for (const path of ['/stats/lists/overdue', trend]) expect((await node.get(path)).status).toBe(200);
  // Another revision, and the same document of one scope.
  await insertProject(node.sql, { region: 'western' });
  expect(await totalOf(node, NO_CACHE)).toBe(2);
  node.proxy.mode = 'hangUp';
  node.proxy.cut();
  node.clock.ahead = 310_000;
  const kept = await node.get(northern);
  expect([kept.status, kept.headers.get('Cache-Status'), await kept.text()]).toEqual([
    200,
    expect.stringMatching(/detail=stale:database-away$/),
    ofNorthern,
  ]);
  expect((await node.get(trend)).headers.get('Cache-Status')).toMatch(/detail=stale:database-away$/);
  // That of a document which is not served any more may be older than an invalidation (G4).
  expect((await node.get('/stats/lists/overdue')).status).toBe(503);
  const stale = await node.get('/stats/global');
  expect(stale.headers.get('Cache-Status')).toMatch(/hit; ttl=-\d+; detail=stale:database-away$/);
  node.clock.ahead = 700_000;
  expect((await node.get('/stats/global')).status).toBe(200);
  node.clock.ahead = 4_000_000;
  expect((await node.get('/stats/global')).status).toBe(503);
});

test('a node labels what was kept long ago until its start has refreshed what came since', async () => {
  const first = await runForTest({}, (sql) => insertProject(sql));
  await first.runtime.close();
  await first.sql`UPDATE dashboard_stats.state SET as_of = as_of - INTERVAL '1 hour'`;
  await insertProject(first.sql);
  const starting = await runForTest({}, undefined, { beside: first, cold: true });
  const answer = await starting.get('/stats/global');
  expect(answer.headers.get('Cache-Status')).toContain('detail=stale:behind');
  expect(await answer.json()).toMatchObject({ statistics: { totalProjects: 1 } });
  expect(await readinessOf(starting)).toMatchObject({
    status: 'unavailable',
    checks: { statistics: { detail: expect.stringMatching(/^Starting/) } },
  });
  await starting.runtime.start();
  await starting.runtime.fill();
  expect((await readinessOf(starting)).checks.statistics.status).toBe('ok');
  await until(async () => (await totalOf(starting)) === 2);
  await until(async () => (await labelOf(starting)).includes('memory'));
});

test('a node whose schema was removed says so in /readyz, with the command, and heals when it is migrated', async () => {
  const node = await runForTest({}, (sql) => insertProject(sql));
  await uninstall(node.sql);
  const detail = /^The database is not migrated any more; .* Run: dashboard-stats migrate$/;
  await until(async () => detail.test((await readinessOf(node)).checks.database.detail));
  expect(await readinessOf(node)).toMatchObject({
    status: 'degraded',
    checks: { database: { status: 'warning' } },
  });
  expect(await totalOf(node)).toBe(1);
  await migrate(node.sql, await loadMigrations());
  await insertProject(node.sql);
  await until(async () => (await totalOf(node)) === 2, 20_000);
  await until(async () => (await readinessOf(node)).status === 'ready');
});

test('a node that cannot refresh labels what it serves and is degraded until it can', async () => {
  const node = await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, (sql) => insertProject(sql));
  // Each of them finds another at it now and then.
  for (let others = 0; others < 3; others++)
    await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, undefined, { beside: node });
  await until(
    async () => (await labelOf(node)).includes('memory') && (await readinessOf(node)).status === 'ready',
  );
  await node.sql`ALTER TABLE "DashboardStatsCache" ADD CONSTRAINT full_disk CHECK ("Version" < 0) NOT VALID`;
  await insertProject(node.sql);
  await until(async () => (await labelOf(node)).includes('stale:behind'));
  const { status, checks } = await readinessOf(node);
  expect([status, checks.database.detail]).toEqual(['degraded', expect.stringContaining('not caught up')]);
  for (let reads = 0; reads < 20; reads++) {
    await sleep(50);
    expect(await labelOf(node)).toContain('stale');
  }
  await node.sql`ALTER TABLE "DashboardStatsCache" DROP CONSTRAINT full_disk`;
  await until(async () => (await totalOf(node)) === 2);
  await until(async () => (await readinessOf(node)).status === 'ready');
  await until(async () => (await labelOf(node)).includes('memory'));
});

test('a node whose changes other nodes refresh is neither labelled nor degraded', async () => {
  const node = await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, (sql) => insertProject(sql));
  // As in a rolling upgrade: newer nodes do the work, and this one leaves theirs alone.
  await node.sql`UPDATE dashboard_stats.state SET schema_version = 1000`;
  const newer = setInterval(
    () =>
      void node.sql`WITH taken AS (DELETE FROM dashboard_stats.marks)
        UPDATE dashboard_stats.state SET as_of = clock_timestamp(), renewals = renewals + 1`.catch(
        () => undefined,
      ),
    100,
  );
  const writer = setInterval(() => void insertProject(node.sql).catch(() => undefined), 20);
  const seen: string[] = [];
  try {
    for (let reads = 0; reads < 30; reads++) {
      await sleep(100);
      seen.push(await labelOf(node), (await readinessOf(node)).status);
    }
    // A busy machine may hold a sync up now and then.
    expect(seen.filter((one) => /stale|degraded/.test(one)).length).toBeLessThan(seen.length / 4);
  } finally {
    clearInterval(newer);
    clearInterval(writer);
  }
});

test('a node labels what it serves while somebody holds the state row', async () => {
  const node = await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, (sql) => insertProject(sql));
  await node.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    await insertProject(node.sql);
    await until(async () => (await labelOf(node)).includes('stale'));
  });
  await until(async () => (await totalOf(node)) === 2);
  await until(async () => (await labelOf(node)).includes('memory'));
});

test('a node that lacks a column of the application answers 503 to who must have the present, and says so in /readyz', async () => {
  const node = await runForTest({ CRON_REFRESH_EXPIRED: 'off' }, (sql) => insertProject(sql));
  await node.sql`ALTER TABLE "Projects" RENAME COLUMN "RevenueValue" TO "Revenue"`;
  await insertProject(node.sql);
  const answer = await node.get('/stats/global', NO_CACHE);
  expect([answer.status, (await answer.json()).type]).toEqual([503, '/problems/database-unavailable']);
  expect(await totalOf(node)).toBe(1);
  await until(async () => (await readinessOf(node)).status === 'degraded');
  await node.sql`ALTER TABLE "Projects" RENAME COLUMN "Revenue" TO "RevenueValue"`;
  await until(async () => (await totalOf(node)) === 2);
});

const READ_ONLY = 'default_transaction_read_only';
test.each<[string, RegExp, (sql: Sql) => Promise<unknown>, (sql: Sql) => Promise<unknown>]>([
  [
    'is read-only',
    /takes no writes \(it is a standby, or default_transaction_read_only is on\)/,
    (sql) => alterDatabase(sql, `${READ_ONLY} = on`),
    (sql) => alterDatabase(sql, `${READ_ONLY} = off`),
  ],
  [
    'has a full disk',
    /The disk of the database is full/,
    (sql) =>
      sql.unsafe(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE UPDATE ON "DashboardStatsCache" EXECUTE FUNCTION full_disk()`),
    (sql) => sql.unsafe('DROP FUNCTION full_disk CASCADE'),
  ],
])(
  'a database that %s is named in /readyz and once in the log, and is used again once it takes writes',
  async (_, named, breakIt, repair) => {
    const node = await runForTest({}, (sql) => insertProject(sql));
    await breakIt(node.sql);
    // Sessions that there are keep what they began with.
    node.proxy.cut();
    await node.sql.unsafe(`SET ${READ_ONLY} = off`);
    await node.sql.begin('READ WRITE', (tx) => insertProject(tx as unknown as Sql));
    await until(async () => named.test((await readinessOf(node)).checks.database.detail), 20_000);
    expect((await readinessOf(node)).status).toBe('degraded');
    expect(await totalOf(node)).toBe(1);
    expect((await node.get('/stats/global', NO_CACHE)).status).toBe(503);
    expect((await node.post('/stats/invalidate', { all: true })).status).toBe(503);
    await node.post('/jobs/refresh-expired/run', {});
    await until(async () => (await labelOf(node)).includes('stale:behind'));
    await repair(node.sql);
    await until(async () => (await totalOf(node)) === 2, 20_000);
    await until(async () => (await readinessOf(node)).status === 'ready');
    const lines = node.warnings.filter((line) => !line.includes('The database does not answer'));
    expect(lines).toEqual([expect.stringContaining('The database takes no writes')]);
    expect(lines[0]).not.toContain('stack');
  },
);
