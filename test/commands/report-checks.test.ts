/** The commands preflight and verify as somebody types them, and what every command says of a database that it cannot use. */
import { describe, expect, it } from 'vitest';
import { insertProject } from '../support/application/projects.ts';
import { alterDatabase, eachTestGets } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { startCommand } from '../support/service/command-line.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const database = eachTestGets('migrated');
const { sql } = database;

const type = (line: string, url = database.url) => typeCommand(line, { DATABASE_URL: url });
const urlWith = (changes: Partial<URL>) => Object.assign(new URL(database.url), changes).href;

describe('verify', () => {
  it('prints a line for each check, and ends with 0', async () => {
    const { code, stdout } = await type('verify');
    expect(stdout).toMatch(/^Database: postgres:\S+\nok {7}migrations +All \d+ are applied/);
    expect(stdout.split('\n').at(-2)).toBe('0 failed, 0 warnings, 10 ok.');
    expect(code).toBe(0);
  });

  it('prints the statement below a fault, and ends with 1', async () => {
    await sql`DROP INDEX "IX_Projects_Region"`;
    const { code, stdout } = await type('verify');
    expect(stdout).toContain(
      'failed   index IX_Projects_Region  It is missing on Projects: ("Region").\n' +
        '         CREATE INDEX "IX_Projects_Region" ON "public"."Projects" ("Region");\n',
    );
    expect(code).toBe(1);
  });

  it('counts one warning as one', async () => {
    await sql`UPDATE "ProjectRegions" SET "RegionDisplayName" = 'The North' WHERE "RegionName" = 'northern'`;
    expect((await type('verify')).stdout).toContain('\n0 failed, 1 warning, 9 ok.\n');
  });

  it('gives the same as JSON, names the database without the password, and keeps apart SQL and commands', async () => {
    await sql`DELETE FROM "SignalRGroups" WHERE "GroupName" = 'map_viewers'`;
    const { code, stdout } = await type('verify --json');
    expect(JSON.parse(stdout)).toMatchObject({
      database: expect.stringMatching(/^postgres:\/\/\w+:\*\*\*@127\.0\.0\.1:\d+\/\w+$/),
      checks: expect.arrayContaining([
        {
          ...{ name: 'seed row SignalRGroups.map_viewers', status: 'failed', detail: 'The row is missing.' },
          sql: expect.stringMatching(/^INSERT INTO "public"."SignalRGroups"/),
        },
      ]),
    });
    expect(code).toBe(1);
    await sql`DELETE FROM dashboard_stats.migrations WHERE name > '011'`;
    expect(JSON.parse((await type('verify --json')).stdout).checks).toEqual([
      {
        ...{ name: 'migrations', status: 'failed', detail: expect.stringContaining('Not migrated') },
        command: 'npm run --silent cli -- migrate',
      },
    ]);
  });
});

it('preflight ends with 0 where nothing failed, with 1 where something did, and with 2 on wrong usage', async () => {
  const { code, stdout } = await type('preflight --service-role postgres');
  expect(stdout).toMatch(/warning {2}rights of the service role +"postgres" is a superuser/);
  expect(stdout).toMatch(/warning {2}backup +No file was named/);
  expect(code).toBe(0);
  const failed = await type('preflight --backup /nowhere --json');
  expect(JSON.parse(failed.stdout).checks.at(-1)).toMatchObject({
    ...{ status: 'failed', detail: 'There is no file /nowhere.' },
  });
  expect(failed.code).toBe(1);
  expect((await type('preflight --backups x')).code).toBe(2);
});

it.each<[string, Partial<URL>, string, RegExp]>([
  ['a wrong password', { password: 'wrong' }, 'password authentication failed', /user and password/],
  ['an unknown host', { hostname: 'nowhere.invalid' }, 'nowhere.invalid', /host and port/],
  ['a server without TLS', { search: '?sslmode=verify-full' }, 'does not offer TLS', /sslmode=prefer/],
  ['a setting that there is not', { search: '?options=-cnosuch%3D1' }, '"nosuch"', /options in DATABASE_URL/],
])('a command says what to do about %s, and never the password', async (_, changes, reason, help) => {
  const url = urlWith(changes);
  const { code, stderr } = await type('status', url);
  expect(stderr).toMatch(/^The database at \S+ (does not answer|refused the connection)/);
  expect(stderr).toContain(reason);
  expect(stderr).toMatch(help);
  expect(stderr).not.toContain(new URL(url).password || 'none');
  expect(code).toBe(1);
});

it.each(['preflight', 'verify', 'migrate', 'classify', 'backup', 'uninstall --yes --force'])(
  '%s ends with 1 where the database does not answer',
  async (line) => {
    const { code, stderr } = await type(line, urlWith({ port: '1' }));
    expect(stderr).toMatch(
      /^The database at \S+ does not answer \(ECONNREFUSED\)\.\nCorrect .*host and port/,
    );
    expect(code).toBe(1);
  },
);

it('invalidate names the key that a bare name stands for, and recompute prints its result and nothing else', async () => {
  const recompute = startCommand(['recompute'], { DATABASE_URL: database.url });
  expect(await recompute.ended).toMatchObject({
    ...{ code: 0, stderr: '' },
    stdout: expect.stringMatching(
      /^Database: .*\nDocuments that changed: \d+ of \d+; revision \d+; \d+ ms\.\n$/,
    ),
  });
  const { code, stderr } = await type('invalidate northern');
  expect(stderr).toContain('There is no "northern". Did you mean "region:northern"?');
  expect(code).toBe(1);
});

const ROW = 'DELETE FROM dashboard_stats.state';
const TABLE = 'DROP TABLE dashboard_stats.state';
it.each([
  ['recompute', ROW, /state row .* is missing/],
  ['invalidate --all', ROW, /state row .* is missing/],
  ['recompute', TABLE, /relation "dashboard_stats\.state" does not exist/],
  ['invalidate --all', TABLE, /relation "dashboard_stats\.state" does not exist/],
  ['migrate', TABLE, /relation "dashboard_stats\.state" does not exist/],
])('%s after %s advises verify, whose statements repair it', async (line, loss, message) => {
  await sql.unsafe(loss);
  const { code, stderr } = await type(line);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/\.\n.*npm run --silent cli -- verify/);
  expect(code).toBe(1);
  const { checks } = JSON.parse((await type('verify --json')).stdout);
  for (const { sql: repair } of checks) if (repair) await sql.unsafe(repair);
  expect((await type(line)).code).toBe(0);
});

it.each(['migrate --no-triggers', 'classify', 'uninstall --yes --force'])(
  '%s says that a server takes no writes, and what to do',
  async (line) => {
    await insertProject(sql);
    await sql`UPDATE "Projects" SET "ProjectName" = 'สถานีผลิตน้ำ', "Address" = 'จ.เชียงใหม่'`;
    await alterDatabase(sql, 'default_transaction_read_only = on');
    const { code, stderr } = await type(line);
    expect(stderr).toMatch(/read-only transaction/);
    expect(stderr).toMatch(/It is a standby, or default_transaction_read_only .*DATABASE_URL to the primary/);
    expect(code).toBe(1);
  },
);

it.each(['classify', 'verify', 'migrate'])(
  '%s as a role without rights says what it lacks, and what to do',
  async (line) => {
    await withRole(database, async (_, role, url) => {
      await sql.unsafe(`GRANT USAGE ON SCHEMA dashboard_stats TO ${role};
        GRANT SELECT ON dashboard_stats.migrations, dashboard_stats.state TO ${role}`);
      const { code, stderr } = await type(line, url);
      expect(stderr).toMatch(
        /^It failed: the role lacks a right \(permission denied for .*\)\.\n.*docs\/rights\.md/,
      );
      expect(code).toBe(1);
    });
  },
);
