/** `serve` on its embedded server, as people run it: the server dies and is started again (G7), and none is left behind. */
import { spawn, spawnSync } from 'node:child_process';
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { connect } from '../../src/db/connection.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { makeFolder } from '../support/servers/own-server.ts';
import { CLI } from '../support/service/bundle.ts';
import { startCommand } from '../support/service/command-line.ts';

vi.setConfig({ testTimeout: 120_000 });

let dataDir: string;
let port: number;

/** One for both tests: a first start makes a demo. */
beforeAll(async () => {
  dataDir = await makeFolder();
  port = await freePort();
});
afterAll(async () => {
  // As root it is a link to where the data lies.
  const cluster = await realpath(join(dataDir, 'postgres')).catch(() => dataDir);
  await rm(cluster, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

async function serve() {
  const command = startCommand(['serve'], { DATA_DIR: dataDir, PORT: String(port) });
  await command.said('dashboard-stats is running');
  return command;
}
const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
const json = (response: Response): Promise<any> => response.json();
const total = async () => (await json(await ask('/stats/global'))).statistics.totalProjects;
const readiness = async () => {
  const response = await ask('/readyz');
  return `${response.status} ${(await json(response)).status}`;
};
const databaseUrl = () => readFile(join(dataDir, 'database-url'), 'utf8');
async function postmasterPid(): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
}
/** A zombie is not alive, and process 1 of a container may never collect it. */
const isAlive = async (pid: number) =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';
const soon = { timeout: 40_000, interval: 50 };

test('a stop does not wait until the demo is made; the next start goes on with it', async () => {
  const { kill, ended, said } = startCommand(['serve'], { DATA_DIR: dataDir, PORT: String(port) });
  await said('The demo is being made');
  const began = performance.now();
  kill('SIGINT');
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain('is running');
  // Less than the 5 s after which a stop cuts what it waits for.
  expect(performance.now() - began).toBeLessThan(4_500);
});

test('a server that dies is started again on its port; meanwhile documents are served, labelled as stale', async () => {
  const { kill, ended } = await serve();
  const before = await databaseUrl();
  const known = await total();
  const data = await realpath(join(dataDir, 'postgres', 'data'));
  const pid = await postmasterPid();

  // What keeps it from coming back at once.
  await rename(data, `${data}-away`);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await readiness()).toBe('200 degraded'), soon);
  await vi.waitFor(async () => {
    const response = await ask('/stats/global');
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Status')).toContain('detail=stale');
  }, soon);

  await rename(`${data}-away`, data);
  await vi.waitFor(async () => expect(await readiness()).toBe('200 ready'), soon);
  expect(await databaseUrl()).toBe(before);
  const sql = connect(before.trim(), { max: 1 });
  await sql`DELETE FROM "Projects" WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" LIMIT 1)`;
  await sql.end();
  await vi.waitFor(async () => expect(await total()).toBe(known - 1), soon);

  kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr.match(/PostgreSQL ended unexpectedly/g)).toHaveLength(1);
  expect(stderr.match(/PostgreSQL runs again/g)).toHaveLength(1);
});

/** `npm start` as people run it; `terminal`: at a real one, which `script` opens. */
async function npmStart(terminal: boolean) {
  const start = packageJson.scripts.start.replace('dist/cli.js', CLI);
  await writeFile(join(dataDir, 'package.json'), JSON.stringify({ scripts: { start } }));
  const { PATH, HOME } = process.env;
  const [program, ...args] = terminal ? ['script', '-qfc', 'npm start', '/dev/null'] : ['npm', 'start'];
  const child = spawn(program as string, args, {
    cwd: dataDir,
    env: { PATH, HOME, DATA_DIR: dataDir, PORT: String(port) },
    // A process group of its own, as a shell gives it one.
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      said += part;
    });
  await vi.waitFor(() => expect(said).toContain('dashboard-stats is running'), soon);
  const sql = connect((await databaseUrl()).trim(), { max: 1 });
  const [owner] =
    await sql`SELECT substring(application_name FROM 'process (.*)') AS pid FROM pg_stat_activity
    WHERE datname = 'postgres'`;
  await sql.end();
  const service = String(owner?.['pid']);
  onTestFinished(() => void spawnSync('kill', ['-KILL', service, String(child.pid)]));
  return { child, npm: child.pid ?? 0, service: Number(service), postgres: await postmasterPid() };
}

type Started = Awaited<ReturnType<typeof npmStart>>;
const STOPS: readonly [how: string, terminal: boolean, stop: (started: Started) => void][] = [
  ['Ctrl-C in a terminal', true, ({ child }) => child.stdin.write('\x03')],
  ['the end of its terminal', true, ({ child }) => child.kill('SIGKILL')],
  ['SIGTERM to npm', false, ({ npm }) => process.kill(npm, 'SIGTERM')],
  ['SIGKILL to npm', false, ({ npm }) => process.kill(npm, 'SIGKILL')],
  ['SIGKILL to what npm runs', false, ({ service }) => process.kill(service, 'SIGKILL')],
  ['SIGINT to the whole group', false, ({ npm }) => process.kill(-npm, 'SIGINT')],
  [
    'two SIGINT, of which the second ends the service at once',
    false,
    ({ service }) => {
      process.kill(service, 'SIGINT');
      process.kill(service, 'SIGINT');
    },
  ],
];

test('npm start leaves neither a service nor a server behind, however it is stopped, and the next one starts', async () => {
  for (const [how, terminal, stop] of STOPS) {
    const started = await npmStart(terminal);
    stop(started);
    // Less than the 5 s after which a stop cuts what it waits for.
    await vi.waitFor(
      async () => {
        expect(await isAlive(started.service), `the service after ${how}`).toBe(false);
        expect(await isAlive(started.postgres), `PostgreSQL after ${how}`).toBe(false);
      },
      { timeout: 4_500, interval: 20 },
    );
  }
});
