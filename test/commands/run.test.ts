/** What people and service managers see of the command line: texts, exit codes, and how it ends. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../src/embedded/free-port.ts';
import { databaseForTest } from '../support/servers/database.ts';
import { CLI } from '../support/service/bundle.ts';
import { startCommand } from '../support/service/command-line.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const away = 'postgres://me:s3cret@127.0.0.1:1/stats';
const nothing = { DATABASE_URL: '', DATA_DIR: '/tmp/no-such-folder/.data' };

test.each([
  ['--version', /^\d+\.\d+\.\d+\n$/],
  ['-h', /Usage: npm run --silent cli -- COMMAND/],
  ['migrate -h', /--dry-run +print the SQL/],
  ['demo --help', /--seed S +the same seed[\s\S]*\nExamples:\n {2}# .*\n {2}npm run --silent cli -- demo\n/],
])('%s is answered, exit code 0', async (line, answer) => {
  const { code, stdout } = await typeCommand(line);
  expect(stdout).toMatch(answer);
  expect(code).toBe(0);
});

test.each<[string, string, Record<string, string>?]>([
  ['migrat', 'There is no command "migrat". Did you mean migrate?\n'],
  ['migrate --dry-rnu', "Unknown option '--dry-rnu'. Did you mean --dry-run?\n"],
  ['status --xyz', "Unknown option '--xyz'.\n"],
  ['serve --port 3001', "Unknown option '--port'. Set the environment variable PORT instead.\n"],
  ['migrate --to', "Option '--to <value>' argument missing.\n"],
  ['migrate --to 99', '--to takes the number of a migration, 1 to '],
  ['rollback', ' rollback --to FILE'],
  [`recompute --reason ${'x'.repeat(501)}`, 'The reason has 501 characters. At most 500 are kept.'],
  ['migrate --dry', 'Did you mean --dry-run?\n'],
  ['inval', 'There is no command "inval". Did you mean invalidate?\n'],
  ['status', 'PORT ("x") is not a whole number', { PORT: 'x' }],
  ['doctor', 'DATABASE_URL is not set, and /tmp/no-such-folder/.data holds no embedded database.', nothing],
  [
    'status',
    '\nDATABSE_URL is no setting of dashboard-stats. Did you mean DATABASE_URL?\n',
    { ...nothing, DATABSE_URL: away },
  ],
])(
  '%s is wrong usage, which is named with what is most alike, exit code 2',
  async (line, answer, environment) => {
    const { code, stderr } = await typeCommand(line, { DATABASE_URL: away, ...environment });
    expect(stderr).toContain(answer);
    expect(code).toBe(2);
  },
);

test.each([
  ['nosuch', /./],
  ['status --nosuch', /./],
  ['status x', /./],
  ['rollback', /./],
  ['backup --to=', /--to has no value/],
  // Nobody sees what would be lost.
  ['rollback --to x.dump', /--yes/],
])('wrong usage with --json (%s) is JSON, exit code 2', async (line, message) => {
  const { code, stdout } = await typeCommand(`${line} --json`, { DATABASE_URL: away });
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'usage', message: expect.stringMatching(message) } });
  expect(code).toBe(2);
});

test('a mistyped setting is named beside what the command says, one that is like a set one or like none is not', async () => {
  const environment = {
    DATABASE_URL: away,
    DATABASE_URI: away,
    CACHE_MAX_BYTE: '1',
    CACHE_DIR: '/',
    ...{ PGPORT: '1', DATABASE: 'x', METRICS: 'x', EVENTS: 'x', HISTORY: 'x', REFRESH: 'x' },
    LOG_LEVEL: 'warn',
  };
  const logged = vi
    .spyOn(pino, 'destination')
    .mockReturnValue({ write: (line: string) => lines.push(line), on() {} } as never);
  const lines: string[] = [];
  onTestFinished(() => logged.mockRestore());
  await typeCommand('config', environment);
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'CACHE_MAX_BYTE is no setting of dashboard-stats. Did you mean CACHE_MAX_BYTES?',
  ]);
  const { stdout } = await typeCommand('doctor --json', environment);
  expect(JSON.parse(stdout).checks[1]).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('CACHE_MAX_BYTE '),
  });
});

test('serve names a database that refuses the connection', async () => {
  const url = Object.assign(new URL(inject('serverUrl')), { pathname: '/no_such_database' });
  const { code, stderr } = await typeCommand('serve', { DATABASE_URL: url.href, PORT: '0' });
  expect(stderr).toContain('refused the connection: database "no_such_database" does not exist.\nCorrect');
  expect(stderr).not.toContain(url.password || 'DATABASE_URL=');
  expect(code).toBe(1);
});

test('what is printed arrives as a whole, however slowly it is read', async () => {
  const database = await databaseForTest();
  await database.sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate")
    SELECT gen_random_uuid(), repeat('x', 200), 'a', 'c', 0, now() FROM generate_series(1, 1000)`;
  const command = `"${process.execPath}" ${CLI} classify --dry-run --json`;
  // A pipe holds 64 kB; the reader comes later than a process that is done would wait for a silent connection.
  const { stdout } = await promisify(execFile)('sh', ['-c', `${command} | (sleep 5; cat)`], {
    cwd: new URL('../../', import.meta.url),
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url },
    maxBuffer: 10_000_000,
  });
  expect(JSON.parse(stdout).projects).toHaveLength(1000);
});

test('serve says which database it waits for, in one line and each answer, and a closed terminal stops it in order', async () => {
  const port = await freePort();
  const { kill, ended, said } = startCommand(['serve'], { DATABASE_URL: away, PORT: String(port) });
  await said('The database at 127.0.0.1:1 does not answer (ECONNREFUSED); waiting. Ctrl-C stops.\n');
  const details = ['/stats/global', '/readyz', '/livez'].map(async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, await answer.text()];
  });
  expect(await Promise.all(details)).toEqual([
    [503, expect.stringContaining('the database does not answer yet, or is being prepared')],
    [503, expect.not.stringContaining('what changed meanwhile')],
    [200, expect.anything()],
  ]);
  kill('SIGHUP');
  const { code, stdout, stderr } = await ended;
  expect([code, stdout]).toEqual([0, expect.stringMatching(/Stopped\.\n$/)]);
  expect([...stderr.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path)).toEqual(['/livez']);
});
