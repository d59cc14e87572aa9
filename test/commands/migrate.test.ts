/** What a person and a script see of `migrate` on a database that holds something already. */
import { expect, it } from 'vitest';
import { typeCommand } from '../support/service/typed-command.ts';
import { eachTestGets20 } from '../support/sql/fixtures.ts';

const database = eachTestGets20();
const { sql } = database;

const migrate = (options = '') => typeCommand(`migrate ${options}`.trim(), { DATABASE_URL: database.url });

it('does not say just Done where something differs that it could not make, the second time neither', async () => {
  await sql`CREATE INDEX "IX_Projects_Region" ON "Projects" ("Team")`;
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
  const { code, stdout } = await migrate('--to 3');
  expect(stdout).toMatch(/\nDone\. Still pending: \d+\.\n$/);
  expect(code).toBe(0);
});

it('says that it does not go back, and what does', async () => {
  await migrate('--to 6');
  for (const options of ['--to 5', '--to 5 --dry-run']) {
    const { code, stdout } = await migrate(options);
    expect(stdout).toMatch(
      /\nNothing to do: the database has 006_.*, and migrate does not go back\.\n.* rollback --to FILE\. .* uninstall\n$/,
    );
    expect(code).toBe(0);
  }
});

it('says the same with --dry-run where nothing is pending and something was dropped since', async () => {
  await migrate();
  await sql`ALTER TABLE "Projects" DROP COLUMN "LastLocationUpdate"`;
  const [dry, wet] = [await migrate('--dry-run'), await migrate()];
  expect(dry.stdout).toMatch(
    /\nNothing to do, but .*\nfailed {3}column Projects\.LastLocationUpdate {2}The column is missing\.\n/,
  );
  expect({ ...dry, stdout: dry.stdout.replace(/^-- /, '') }).toEqual(wet);
  expect(dry.code).toBe(1);
  expect(JSON.parse((await migrate('--dry-run --json')).stdout)).toMatchObject({
    ...{ preamble: '', steps: [], collisions: [] },
    faults: [{ name: 'column Projects.LastLocationUpdate' }],
  });
  await sql`DELETE FROM dashboard_stats.state`;
  for (const options of ['--dry-run', '']) {
    const { code, stdout, stderr } = await migrate(options);
    expect(stdout).toMatch(
      /row of dashboard_stats.state +It is missing.*\n {9}INSERT INTO dashboard_stats.state/,
    );
    expect([code, stderr]).toEqual([1, '']);
  }
});

it('with --dry-run prints a summary, all that would be run, and last what would make it refuse', async () => {
  await sql`ALTER TABLE "Projects" ADD COLUMN "Region" integer`;
  const { stdout, code } = await migrate('--dry-run');
  expect(stdout).toMatch(
    /^-- Database: .*\n-- Would run, .*: \d+ migrations\.\n(-- .*\n){15,25}\nCREATE SCHEMA dashboard_stats;\nCREATE TABLE dashboard_stats\.migrations/,
  );
  expect(stdout).toMatch(
    /\n-- In the way: column Projects\.Region: It is integer.*\n-- Nothing was changed\./,
  );
  expect(code).toBe(1);
});
