/** What people and service managers see of the command line: texts, exit codes, and how it ends. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { createDatabase } from '../support/servers/database.ts';
import { CLI } from '../support/service/bundle.ts';
import { startCommand } from '../support/service/command-line.ts';

afterEach(() => vi.restoreAllMocks());

/** Runs one command line in this process. */
async function commandLine(args: string[], environment: Record<string, string> = {}) {
  let text = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      text += chunk;
      return true;
    });
  }
  const code = await run(args, environment);
  vi.restoreAllMocks();
  return { code, text };
}

const away = 'postgres://me:s3cret@127.0.0.1:1/stats';

test.each([
  [['--version'], /^\d+\.\d+\.\d+\n$/],
  [['-h'], /Usage: dashboard-stats COMMAND/],
  [['migrate', '-h'], /--dry-run +print the SQL/],
  [['demo', '--help'], /--seed S +the same seed/],
])('%s is answered, exit code 0', async (args, answer) => {
  const { code, text } = await commandLine(args);
  expect(text).toMatch(answer);
  expect(code).toBe(0);
});

test.each([
  [['migrat'], 'There is no command "migrat". Did you mean migrate?\n'],
  [['migrate', '--dry-rnu'], "Unknown option '--dry-rnu'. Did you mean --dry-run?\n"],
  [['status', '--xyz'], "Unknown option '--xyz'.\n"],
  [['migrate', '--to'], "Option '--to <value>' argument missing.\n"],
])('what was mistyped in %j is named, with what is most alike', async (args, answer) => {
  expect((await commandLine(args)).text.slice(0, answer.length)).toBe(answer);
});

test.each([
  [
    'a migration that there is not',
    ['migrate', '--to', '99'],
    {},
    /--to takes the number of a migration, 1 to \d+\./,
  ],
  ['a setting that is wrong', ['status'], { PORT: 'x' }, /PORT \("x"\) is not a whole number/],
])('%s is wrong usage, exit code 2', async (_, args, environment, message) => {
  const { code, text } = await commandLine(args, { DATABASE_URL: away, ...environment });
  expect(text).toMatch(message);
  expect(code).toBe(2);
});

test.each([
  ['nosuch', '--json'],
  ['status', '--nosuch', '--json'],
  ['status', 'x', '--json'],
  ['rollback', '--json'],
])('wrong usage with --json (%s %s) is JSON, exit code 2', async (...args) => {
  const { code, text } = await commandLine(args, { DATABASE_URL: away });
  expect(JSON.parse(text.split('\n')[0] ?? '')).toEqual({
    error: { code: 'usage', message: expect.stringMatching(/./) },
  });
  expect(code).toBe(2);
});

test('a database that does not answer is named with the cause and the setting, without the password', async () => {
  const { code, text } = await commandLine(['status'], { DATABASE_URL: away });
  expect(text).toMatch(
    /^Database: .*\nThe database at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)\.\nCorrect .* DATABASE_URL/,
  );
  expect(text).not.toContain('s3cret');
  expect(code).toBe(1);
});

test.each(['status', 'serve'])('a database that refuses the connection is named by %s', async (command) => {
  const url = new URL(inject('serverUrl'));
  url.pathname = '/no_such_database';
  const { code, text } = await commandLine([command], { DATABASE_URL: url.href, PORT: '0' });
  expect(text).toContain(
    `${url.hostname}:${url.port || 5432} refused the connection: database "no_such_database" does not exist.\nCorrect`,
  );
  expect(text).not.toContain(url.password || 'DATABASE_URL=');
  expect(code).toBe(1);
});

test('what is printed arrives as a whole, however slowly it is read', async () => {
  const database = await createDatabase();
  try {
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
  } finally {
    await database.drop();
  }
});

test('serve says which database it waits for, and a closed terminal stops it in order', async () => {
  const { kill, ended, said } = startCommand(['serve'], { DATABASE_URL: away, PORT: '0' });
  await said('The database at 127.0.0.1:1 does not answer (ECONNREFUSED); waiting. Ctrl-C stops.\n');
  kill('SIGHUP');
  expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/Stopped\.\n$/) });
});
