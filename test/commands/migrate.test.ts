/** What a person and a script see of `migrate` on a database that holds something already. */
import { beforeEach, expect, it } from 'vitest';
import { addRows, install20, install21ByTheGuide } from '../migration/fixtures.ts';
import { startCommand } from '../support/command-line.ts';
import { eachTestGets, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
eachTestGets('empty', (made) => {
  database = made;
});
beforeEach(async () => {
  await install20(database.sql);
  await addRows(database.sql);
});

const migrate = (...args: string[]) =>
  startCommand(['migrate', ...args], { DATABASE_URL: database.url }).ended;

it('tells how many duplicate rows of the cache it deleted', async () => {
  await install21ByTheGuide(database.sql);
  await database.sql`INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt")
    SELECT key, type, now() FROM (VALUES ('global', 'global'), ('region:x', 'regional'), ('user:1', 'user')) k (key, type),
      generate_series(1, 3)`;
  const { code, stdout } = await migrate();
  expect(stdout).toMatch(
    /009_dashboard_stats\.sql {2}\(\d+ ms\); duplicate rows of "DashboardStatsCache" deleted: 4\n/,
  );
  expect(stdout.match(/deleted: /g)).toHaveLength(1);
  expect(stdout).toMatch(/\nDone\.\n$/);
  expect(code).toBe(0);
  expect(await database.sql`SELECT FROM "DashboardStatsCache"`).toHaveLength(2 + 3);
});

it('does not say just Done where something differs that it could not make, the second time neither', async () => {
  await database.sql`CREATE INDEX "IX_Projects_Region" ON "Projects" ("Team")`;
  const first = await migrate();
  expect(first.stdout).toMatch(
    /\nDone, but what was there before differs from what is needed\. .*\nindex IX_Projects_Region {2}The name is taken .*\n {4}ALTER INDEX .*\n {4}CREATE INDEX "IX_Projects_Region" .*\n$/,
  );
  expect(first.code).toBe(1);
  const second = await migrate('--json');
  expect(JSON.parse(second.stdout)).toMatchObject({
    steps: [],
    faults: [{ name: 'index IX_Projects_Region' }],
  });
  expect(second.code).toBe(1);
});

it('tells after --to what is still pending', async () => {
  const { code, stdout } = await migrate('--to', '3');
  expect(stdout).toMatch(/\nDone\. Still pending: \d+\.\n$/);
  expect(code).toBe(0);
});
