import { expect, test } from 'vitest';
import { databaseForTest } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { runForTest } from '../support/service/running-service.ts';
import { typeCommand } from '../support/service/typed-command.ts';

interface Found {
  name: string;
  status: string;
  detail: string;
  advice?: string;
}

async function diagnosed(environment: Record<string, string>) {
  const { code, stdout } = await typeCommand('doctor --json', environment);
  const { checks } = JSON.parse(stdout) as { checks: Found[] };
  const faults = checks.filter(({ status }) => status !== 'ok');
  return {
    code,
    names: checks.map(({ name }) => name),
    faults: faults.map(({ name, detail }) => `${name}: ${detail}`),
  };
}

test('nothing is wrong with a service that runs, apart from a role that may do more than it needs', async () => {
  const { url } = await runForTest();
  const { code, names, faults } = await diagnosed({ DATABASE_URL: url });
  expect(code).toBe(0);
  expect(names).toEqual(
    expect.arrayContaining([
      'program',
      'settings',
      'database',
      'clock',
      'pooler',
      'triggers',
      'time zone',
      'service',
      'jobs',
    ]),
  );
  expect(
    faults.filter(
      (fault) => !fault.startsWith('database: It answers within') && !fault.includes('No node is connected'),
    ),
  ).toEqual([expect.stringMatching(/^rights of the service role: .* is a superuser/)]);
});

test('each fault has a line that says what it is', async () => {
  const { url, sql } = await runForTest();
  await sql.unsafe(`
    ALTER TABLE "Projects" DISABLE TRIGGER USER;
    UPDATE dashboard_stats.state SET time_zone = 'Asia/Tokyo';
    UPDATE "DashboardStatsCache" SET "IsValid" = false WHERE "CacheKey" = 'global';
    DELETE FROM dashboard_stats.job_runs;
    INSERT INTO dashboard_stats.job_runs (job, scheduled_at, node, finished_at, outcome, detail)
    VALUES ('audit', now(), 'a', now(), 'failed', 'out of memory')`);
  const { code, faults } = await diagnosed({
    DATABASE_URL: url,
    NODE_ENV: 'production',
    JWKS_URL: 'https://login.example/keys',
    CORS_ORIGINS: '*',
  });
  expect(code).toBe(1);
  for (const expected of [
    /^settings: Tokens that the provider of JWKS_URL signs/,
    /^settings: Any web page may read/,
    /^trigger Projects\.dashboard_stats_mark: It is disabled/,
    /^time zone: .*Asia\/Tokyo.*Asia\/Bangkok/,
    /^service: 1 of \d+ documents are invalid/,
    /^jobs: The last run of audit failed at 20.*: out of memory$/,
  ])
    expect(faults).toContainEqual(expect.stringMatching(expected));
});

test('a role that may see nothing of ours reads which rights are missing, and nothing else', async () => {
  const { faults } = await withRole(await databaseForTest('migrated'), (_, __, url) =>
    diagnosed({ DATABASE_URL: url }),
  );
  const refused = (name: string) =>
    expect.stringMatching(new RegExp(`^${name}: It could not be checked: permission denied`));
  expect(faults).toEqual([
    refused('schema'),
    expect.stringMatching(/^rights of the service role: .* lacks \d+ rights\.$/),
    ...['time zone', 'service', 'jobs'].map(refused),
  ]);
});

test('of a database that is not migrated it says what to do, and of one that does not answer it still checks the settings', async () => {
  const { url } = await databaseForTest('empty');
  const empty = await diagnosed({ DATABASE_URL: url });
  expect(empty.code).toBe(1);
  expect(empty.faults).toEqual([expect.stringMatching(/^migrations: There is no table "Projects"/)]);
  const away = await diagnosed({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    NODE_ENV: 'production',
  });
  expect(away.code).toBe(1);
  expect(away.faults).toEqual([
    expect.stringMatching(/^settings: Nobody is an administrator/),
    expect.stringMatching(/^database: .*127\.0\.0\.1:1/),
  ]);
});
