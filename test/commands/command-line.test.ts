/** What people and service managers see of the command line: texts, exit codes, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, inject, onTestFinished, test, vi } from 'vitest';
import { run } from '../../src/commands/run.ts';

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

test('a database that does not answer is named with the cause and the setting, without the password', async () => {
  const { code, text } = await commandLine(['status'], { DATABASE_URL: away });
  expect(text).toMatch(
    /^The database at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)\.\nCheck .* DATABASE_URL/,
  );
  expect(text).not.toContain('s3cret');
  expect(code).toBe(1);
});

test.each(['status', 'serve'])('a database that refuses the connection is named by %s', async (command) => {
  const url = new URL(inject('serverUrl'));
  url.pathname = '/no_such_database';
  const { code, text } = await commandLine([command], { DATABASE_URL: url.href, PORT: '0' });
  expect(text).toContain(
    `${url.hostname}:${url.port || 5432} refused the connection: database "no_such_database" does not exist.\nCheck`,
  );
  expect(text).not.toContain(url.password || 'DATABASE_URL=');
  expect(code).toBe(1);
});

/** `serve` as a process of its own, and what it has said so far. */
function serve(environment: Record<string, string>) {
  const { DATABASE_URL: _, ...outer } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'serve'], {
    env: { ...outer, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const said = (part: string) => vi.waitFor(() => expect(text).toContain(part), { timeout: 25_000 });
  return { child, ended, said, text: () => text };
}

test('serve says which database it waits for, and a closed terminal stops it in order', async () => {
  const { child, ended, said, text } = serve({ DATABASE_URL: away });
  await said('The database at 127.0.0.1:1 does not answer (ECONNREFUSED); waiting. Ctrl-C stops.\n');
  child.kill('SIGHUP');
  expect(await ended).toBe(0);
  expect(text()).toMatch(/Stopped\.\n$/);
});

test('serve ends with exit code 1 when its PostgreSQL is gone', { timeout: 60_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'dashboard-stats-serve-'));
  // As root: the server's account has to get in.
  await chmod(dataDir, 0o755);
  const { ended, said, text } = serve({ DATA_DIR: dataDir });
  await said('dashboard-stats is running');
  const url = new URL(await readFile(join(dataDir, 'database-url'), 'utf8'));
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  expect(pidFile).toContain(url.port);
  process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
  expect(await ended).toBe(1);
  expect(text()).toMatch(/The embedded PostgreSQL stopped by itself \(SIGKILL\)\.\nStart again/);
  await rm(dataDir, { recursive: true, force: true });
});
