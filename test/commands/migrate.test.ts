/** What a person and a script see of `migrate` on a database that holds something already. */
import { expect, it } from 'vitest';
import type { TestDatabase } from '../support/servers/database.ts';
import { startCommand } from '../support/service/command-line.ts';
import { eachTestGets20 } from '../support/sql/fixtures.ts';

let database: TestDatabase;
eachTestGets20((made) => {
  database = made;
});

const migrate = (...args: string[]) =>
  startCommand(['migrate', ...args], { DATABASE_URL: database.url }).ended;

it('does not say just Done where something differs that it could not make, the second time neither', async () => {
  await database.sql`CREATE INDEX "IX_Projects_Region" ON "Projects" ("Team")`;
  const first = await migrate();
  expect(first.stdout).toMatch(
    /\nDone, but what was there before differs from what is needed\. .*\nfailed {3}index IX_Projects_Region {2}The name is taken .*\n {9}ALTER INDEX .*\n {9}CREATE INDEX "IX_Projects_Region" .*\n$/,
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

it('says the same with --dry-run where nothing is pending and something was dropped since', async () => {
  await migrate();
  await database.sql`ALTER TABLE "Projects" DROP COLUMN "LastLocationUpdate"`;
  const [dry, wet] = [await migrate('--dry-run'), await migrate()];
  expect(dry.stdout).toMatch(
    /\nNothing to do, but .*\nfailed {3}column Projects\.LastLocationUpdate {2}The column is missing\.\n/,
  );
  expect({ ...dry, stdout: dry.stdout.replace(/^-- /, '') }).toEqual(wet);
  expect(dry.code).toBe(1);
  expect(JSON.parse((await migrate('--dry-run', '--json')).stdout)).toMatchObject({
    ...{ preamble: '', steps: [], collisions: [] },
    faults: [{ name: 'column Projects.LastLocationUpdate' }],
  });
});

it('with --dry-run prints all that would be run, and last what would make it refuse', async () => {
  await database.sql`ALTER TABLE "Projects" ADD COLUMN "Region" integer`;
  const { stdout, code } = await migrate('--dry-run');
  expect(stdout).toMatch(
    /^-- Database: .*\nCREATE SCHEMA dashboard_stats;\nCREATE TABLE dashboard_stats\.migrations/,
  );
  expect(stdout).toMatch(
    /\n-- In the way: column Projects\.Region: It is integer.*\n-- Nothing was changed\./,
  );
  expect(code).toBe(1);
});

it.each([['--dry-run'], []])('names the row of the state where it is gone: migrate %s', async (...args) => {
  await migrate();
  await database.sql`DELETE FROM dashboard_stats.state`;
  const { stdout, stderr, code } = await migrate(...args);
  expect(stderr).toBe('');
  expect(stdout).toContain('row of dashboard_stats.state  It is missing');
  expect(stdout).toContain('         INSERT INTO dashboard_stats.state');
  expect(code).toBe(1);
});
