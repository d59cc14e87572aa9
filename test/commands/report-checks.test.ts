/** The commands preflight and verify as somebody types them: what is printed, and the exit code. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { insertProject } from '../support/application/projects.ts';
import { alterDatabase, createDatabase, type TestDatabase } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';

let database: TestDatabase;
let out: string;
let complaint: string;

beforeEach(async () => {
  database = await createDatabase();
  out = '';
  complaint = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaint += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await database.drop();
});

const type = (line: string, url = database.url) =>
  run(line.split(' '), { DATABASE_URL: url, LOG_LEVEL: 'silent' });
const urlWith = (change: (url: URL) => void) => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

describe('verify', () => {
  it('names the database among its results, too, without the password', async () => {
    await type('verify --json');
    expect(JSON.parse(out).database).toMatch(/^postgres:\/\/\w+:\*\*\*@127\.0\.0\.1:\d+\/\w+$/);
  });

  it('prints a line for each check, and ends with 0', async () => {
    expect(await type('verify')).toBe(0);
    expect(out).toMatch(/^Database: postgres:\S+\nok {7}migrations +All \d+ are applied/);
    expect(out.split('\n').at(-2)).toBe('0 failed, 0 warnings, 11 ok.');
  });

  it('prints the statement below a fault, and ends with 1', async () => {
    await database.sql`DROP INDEX "IX_Projects_Region"`;
    expect(await type('verify')).toBe(1);
    expect(out).toContain(
      'failed   index IX_Projects_Region  It is missing on Projects: ("Region").\n' +
        '         CREATE INDEX "IX_Projects_Region" ON "public"."Projects" ("Region");\n',
    );
  });

  it('gives the same as JSON', async () => {
    await database.sql`DELETE FROM "SignalRGroups" WHERE "GroupName" = 'map_viewers'`;
    expect(await type('verify --json')).toBe(1);
    expect(JSON.parse(out).checks).toContainEqual({
      name: 'seed row SignalRGroups.map_viewers',
      status: 'failed',
      detail: 'The row is missing.',
      sql: expect.stringMatching(/^INSERT INTO "public"."SignalRGroups"/),
    });
  });

  it('keeps apart what a shell runs and what the database runs', async () => {
    await database.sql`DELETE FROM dashboard_stats.migrations WHERE name > '011'`;
    expect(await type('verify --json')).toBe(1);
    const [pending] = JSON.parse(out).checks;
    expect(pending).toEqual({
      name: 'migrations',
      status: 'failed',
      detail: expect.stringContaining('Not migrated'),
      command: 'npm run --silent cli -- migrate',
    });
  });
});

describe('preflight', () => {
  it('ends with 0 where nothing failed, and names what it was asked for', async () => {
    expect(await type('preflight --service-role postgres')).toBe(0);
    expect(out).toMatch(/warning {2}rights of the service role +"postgres" is a superuser/);
    expect(out).toMatch(/warning {2}backup +No file was named/);
  });

  it('ends with 1 where something failed', async () => {
    expect(await type('preflight --backup /nowhere --json')).toBe(1);
    expect(JSON.parse(out).checks.at(-1)).toMatchObject({
      status: 'failed',
      detail: 'There is no file /nowhere.',
    });
  });

  it('ends with 2 on wrong usage', async () => {
    expect(await type('preflight --backups x')).toBe(2);
  });
});

describe.each(['preflight', 'verify', 'migrate', 'status', 'classify', 'backup', 'uninstall --yes --force'])(
  '%s without a database',
  (command) => {
    it.each<[string, (url: URL) => void, string, RegExp]>([
      [
        'a wrong password',
        (url) => {
          url.password = 'wrong';
        },
        'password authentication failed',
        /user and password/,
      ],
      [
        'an unknown database',
        (url) => {
          url.pathname = '/nowhere';
        },
        '"nowhere" does not exist',
        /name of the database/,
      ],
      [
        'a port where nobody listens',
        (url) => {
          url.port = '1';
        },
        'ECONNREFUSED',
        /host and port/,
      ],
      [
        'an unknown host',
        (url) => {
          url.hostname = 'nowhere.invalid';
        },
        'nowhere.invalid',
        /host and port/,
      ],
    ])('says what to do about %s, and never the password', async (_, change, reason, help) => {
      const url = urlWith(change);
      expect(await type(command, url)).toBe(1);
      expect(complaint).toMatch(/^The database at \S+ (does not answer|refused the connection)/);
      expect(complaint).toContain(reason);
      expect(complaint).toMatch(help);
      expect(complaint).not.toContain(new URL(url).password || 'none');
    });
  },
);

it.each(['require', 'verify-full'])('sslmode=%s on a server without TLS: TLS is named', async (mode) => {
  const url = urlWith((one) => one.searchParams.set('sslmode', mode));
  expect(await type('status', url)).toBe(1);
  expect(complaint).toMatch(/One that does not offer TLS hangs up on sslmode/);
});

it('an unknown parameter of DATABASE_URL is named, with what to correct', async () => {
  const url = urlWith((one) => one.searchParams.set('sslmod', 'require'));
  expect(await type('status', url)).toBe(1);
  expect(complaint).toMatch(
    /refused the connection: .*"sslmod"\.\nCorrect what follows the \? in DATABASE_URL/,
  );
});

it('invalidate names the key that a bare name stands for', async () => {
  expect(await type('recompute')).toBe(0);
  expect(await type('invalidate northern')).toBe(1);
  expect(complaint).toContain('There is no "northern". Did you mean "region:northern"?');
});

describe('where what the migrations made is gone', () => {
  it.each(['recompute', 'invalidate --all'])(
    '%s without the row of state advises verify, whose statements repair it',
    async (line) => {
      await database.sql`DELETE FROM dashboard_stats.state`;
      expect(await type(line)).toBe(1);
      expect(complaint).toMatch(/state row .* is missing\.\n.*npm run --silent cli -- verify/);
      await mendAll();
      expect(await type(line)).toBe(0);
    },
  );

  it.each(['recompute', 'invalidate --all', 'migrate'])(
    '%s without the table of state advises verify, whose statements repair it',
    async (line) => {
      await database.sql`DROP TABLE dashboard_stats.state`;
      expect(await type(line)).toBe(1);
      expect(complaint).toMatch(
        /relation "dashboard_stats\.state" does not exist\.\n.*npm run --silent cli -- verify/,
      );
      await mendAll();
      expect(await type(line)).toBe(0);
    },
  );

  async function mendAll(): Promise<void> {
    out = '';
    expect(await type('verify --json')).toBe(1);
    for (const { sql: repair } of JSON.parse(out).checks) if (repair) await database.sql.unsafe(repair);
    out = '';
    expect(await type('verify')).toBe(0);
  }
});

describe('on a server that takes no writes', () => {
  it.each(['migrate --no-triggers', 'classify', 'uninstall --yes --force'])(
    '%s says so, and what to do',
    async (line) => {
      await insertProject(database.sql);
      await database.sql`UPDATE "Projects" SET "ProjectName" = 'สถานีผลิตน้ำ', "Address" = 'จ.เชียงใหม่'`;
      await alterDatabase(database.sql, 'default_transaction_read_only = on');
      expect(await type(line)).toBe(1);
      expect(complaint).toMatch(/read-only transaction/);
      expect(complaint).toMatch(
        /It is a standby, or default_transaction_read_only .*DATABASE_URL to the primary/,
      );
    },
  );
});

it.each(['classify', 'verify', 'migrate'])(
  '%s as a role without rights says what it lacks, and what to do',
  async (line) => {
    await withRole(database, async (_, role, url) => {
      await database.sql.unsafe(`GRANT USAGE ON SCHEMA dashboard_stats TO ${role};
      GRANT SELECT ON dashboard_stats.migrations, dashboard_stats.state TO ${role}`);
      expect(await type(line, url)).toBe(1);
      expect(complaint).toMatch(
        /^It failed: the role lacks a right \(permission denied for .*\)\.\n.*docs\/rights\.md/,
      );
    });
  },
);
