/** G2: one revision orders everything; a key's version only rises, and one key and version are the same bytes. */
import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { NO_CACHE, QUIET, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('several nodes agree on the bytes of every version', async () => {
  const one = await runForTest({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
  const two = await runForTest({}, undefined, { beside: one });
  const bytes = new Map<string, string>();
  for (let i = 0; i < 30; i++) {
    await one.sql`UPDATE "Projects" SET "PvModuleCount" = ${i} WHERE "ProjectName" = (SELECT min("ProjectName") FROM "Projects")`;
    for (const node of [one, two]) {
      const text = await (await node.get('/stats/global', i % 3 ? {} : NO_CACHE)).text();
      const { version } = JSON.parse(text);
      expect(bytes.get(version) ?? text).toBe(text);
      bytes.set(version, text);
    }
  }
  expect(bytes.size).toBeGreaterThan(5);
});

test('a document that is renewed before it expires keeps its version', async () => {
  const node = await runForTest({ ...QUIET, STATS_TTL_SECONDS: '100' }, (sql) => insertProject(sql));
  const { version, asOf } = await (await node.get('/stats/global')).json();
  const expiry = async () => {
    const [{ at }] = await node.sql<[{ at: number }]>`
      SELECT extract(epoch FROM min("ExpiresAt"))::float8 AS at FROM "DashboardStatsCache"`;
    return at;
  };
  await node.sql`UPDATE "DashboardStatsCache" SET "ExpiresAt" = now() + INTERVAL '80 seconds'`;
  const before = await expiry();
  expect((await node.post('/jobs/refresh-expired/run', {})).status).toBe(200);
  const isMidnight = (at: number) => (at + 7 * 3600) % 86_400 === 0;
  expect(await expiry()).toSatisfy((at: number) => at >= before + 19 || isMidnight(at));
  expect(await (await node.get('/stats/global', NO_CACHE)).json()).toMatchObject({ version, asOf });
});

test('a node serves a table that was restored from a backup of the same epoch as it is now', async () => {
  const node = await runForTest(QUIET, (sql) => insertProject(sql));
  await node.sql`CREATE TABLE backup AS SELECT * FROM "DashboardStatsCache"`;
  const [state] = await node.sql`SELECT revision FROM dashboard_stats.state`;
  for (let i = 0; i < 3; i++) {
    await insertProject(node.sql);
    await totalOf(node, NO_CACHE);
  }
  await node.sql.begin(async (tx) => {
    await tx`DELETE FROM "DashboardStatsCache"`;
    await tx`INSERT INTO "DashboardStatsCache" SELECT * FROM backup`;
    await tx`UPDATE dashboard_stats.state SET revision = ${state?.['revision']}`;
  });
  await until(async () => (await totalOf(node)) === 1);
});
