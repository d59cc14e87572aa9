/** What a person and a script see of `uninstall`. */
import { expect, it } from 'vitest';
import { eachTestGets } from '../support/servers/database.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const database = eachTestGets('migrated');
const { sql } = database;
const uninstall = (options: string) => typeCommand(`uninstall ${options}`, { DATABASE_URL: database.url });
const schema = () => sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`;

it('says what goes and what stays, wants --yes without a terminal, and has nothing to do the second time', async () => {
  const { code, stdout, stderr } = await uninstall('--force');
  expect(code).toBe(2);
  expect(stdout).toMatch(/To be removed:\n {2}the schema dashboard_stats with its \d+ tables\n/);
  expect(stdout).toContain('  its triggers on "ProjectActivityFeed", "ProjectRegions", ');
  expect(stdout).toContain('  the columns of "Projects": LocationAccuracy, ');
  expect(stdout).toMatch(/ {2}the tables DashboardStatsCache, .*, WaterFacilityTypes\n/);
  expect(stderr).toContain('add --yes');
  expect(await schema()).toHaveLength(1);

  const first = await uninstall('--yes --force');
  expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/\nDone\.\n$/) });
  const second = await uninstall('--yes --force --json');
  const stays = { tables: expect.arrayContaining(['ProjectRegions']) };
  expect(JSON.parse(second.stdout)).toMatchObject({ removed: null, stays });
  expect(second.code).toBe(0);
});

it('removes nothing while a node is connected, and names it', async () => {
  await sql`SELECT`;
  const { code, stderr } = await uninstall('--yes');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^dashboard-stats is connected to \w+\. Nothing was removed\.\n {2}pid \d+, \w+, dashboard-stats, .*\nStop every node first, .* --force\./,
  );
  expect(await schema()).toHaveLength(1);
});
