/** A backup is whole and private, or not there at all. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { backup } from '../../src/schema/backup.ts';
import { findTool, runTool } from '../../src/schema/postgres-tools.ts';
import { eachTestGets, holding } from '../support/servers/database.ts';
import { folderForTest } from '../support/servers/folder.ts';
import { itWithTools, PATH, server, standIn } from '../support/servers/postgres-tools.ts';
import { startCommand } from '../support/service/command-line.ts';

const database = eachTestGets('migrated');
const { sql } = database;
let folder: string;

beforeEach(async () => {
  folder = await folderForTest();
});

const options = () => ({
  file: join(folder, 'b.dump'),
  path: PATH,
  now: new Date('2026-11-23T14:03:07.120Z'),
  signal: new AbortController().signal,
});

const version = (text: string) => `echo "pg_dump (PostgreSQL) ${text}"`;
/** The first lines of a program that says it is of the server's version. */
const fitting = `[ "$1" = --version ] && ${version(server.version)} && exit`;

describe('backup', () => {
  itWithTools('writes a dump for this account alone, with its checksum, size and origin beside', async () => {
    const made = await backup(sql, options());
    expect(await readdir(folder)).toEqual(['b.dump', 'b.dump.json']);
    const dump = await readFile(made.file);
    expect(JSON.parse(await readFile(`${made.file}.json`, 'utf8'))).toEqual({
      sha256: createHash('sha256').update(dump).digest('hex'),
      sizeBytes: dump.length,
      database: new URL(database.url).pathname.slice(1),
      serverVersion: server.version,
      pgDumpVersion: expect.stringMatching(/^\d+\.\d+/),
      createdAt: '2026-11-23T14:03:07.120Z',
    });
    for (const file of [made.file, `${made.file}.json`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  itWithTools('names the file after database and time where no name is given', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      const { file, database: name } = await backup(sql, { ...options(), file: undefined });
      expect(file).toBe(`backup-${name}-20261123T140307Z.dump`);
      expect(await readdir(folder)).toEqual([file, `${file}.json`]);
    } finally {
      process.chdir(before);
    }
  });

  it.each(['b.dump', 'b.dump.json'])('never writes over a file that is there: %s', async (name) => {
    await writeFile(join(folder, name), 'precious');
    await expect(backup(sql, options())).rejects.toMatchObject({
      name: 'BackupError',
      message: `${join(folder, name)} is there already. Nothing was done.`,
    });
    expect(await readFile(join(folder, name), 'utf8')).toBe('precious');
  });

  it('replaces what a killed run left, and is private all the same; failing, it leaves nothing', async () => {
    const failing = await standIn(folder, 'pg_dump', `${fitting}\necho "No space left" >&2; exit 1`, 'bad');
    await writeFile(join(folder, 'b.dump.partial'), 'a part', { mode: 0o644 });
    await expect(backup(sql, { ...options(), binDir: failing })).rejects.toThrow(
      /pg_dump failed: No space left$/,
    );
    expect(await readdir(folder)).toEqual(['bad']);
    await writeFile(join(folder, 'b.dump.partial'), 'a part', { mode: 0o644 });
    const working = await standIn(folder, 'pg_dump', `${fitting}\nexit 0`, 'good');
    await backup(sql, { ...options(), binDir: working });
    expect(await readdir(folder)).toEqual(['b.dump', 'b.dump.json', 'bad', 'good']);
    expect((await stat(join(folder, 'b.dump'))).mode & 0o777).toBe(0o600);
  });

  itWithTools('says where it cannot write', async () => {
    await expect(backup(sql, { ...options(), file: join(folder, 'no', 'b.dump') })).rejects.toThrow(
      /cannot be written: ENOENT/,
    );
  });

  itWithTools('leaves nothing after Ctrl-C in the middle, and ends its session', async () => {
    const holder = await holding(database.url, 'LOCK TABLE "Projects" IN ACCESS EXCLUSIVE MODE');
    const waiting = () => sql`
      SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'dashboard-stats backup' AND wait_event_type = 'Lock'`;
    const command = startCommand(['backup', '--to', join(folder, 'b.dump')], { DATABASE_URL: database.url });
    await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
    command.kill('SIGINT');
    expect(await command.ended).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Database: .*\n$/),
      stderr: 'Interrupted: no backup was made, and no file is left. Run it again to go on.\n',
    });
    expect(await readdir(folder)).toEqual([]);
    await holder`ROLLBACK`;
    await expect.poll(waiting).toHaveLength(0);
  });

  it('gives the password in the environment, and not on the command line', async () => {
    const binDir = await standIn(
      folder,
      'pg_dump',
      `${fitting}\necho "$@" > ${folder}/arguments; env > ${folder}/environment`,
    );
    const url = new URL(database.url);
    await backup(sql, { ...options(), binDir });
    const given = await readFile(join(folder, 'arguments'), 'utf8');
    expect(given).toContain('--format=custom');
    const password = decodeURIComponent(url.password);
    expect(password.length).toBeGreaterThan(3);
    expect(given).not.toContain(password);
    const environment = (await readFile(join(folder, 'environment'), 'utf8')).split('\n');
    const wanted = [`PGPASSWORD=${password}`, `PGPORT=${url.port}`, `PGDATABASE=${url.pathname.slice(1)}`];
    expect(environment).toEqual(expect.arrayContaining(wanted));
  });
});

describe('pg_dump', () => {
  it.each([
    ['', ''],
    ['?sslmode=verify-full', 'verify-full'],
    ['?ssl=true', 'require'],
  ])('gets the mode of encryption in its own terms: %s', async (search, mode) => {
    const tool = { program: '/bin/sh', version: '0', major: 0 };
    const away = connect(`postgres://me@127.0.0.1:1/db${search}`, { max: 1 });
    const args = ['-c', 'printf %s "$PGSSLMODE"'];
    const said = await runTool(tool, args, {
      sql: away,
      database: 'db',
      path: PATH,
      signal: options().signal,
    });
    expect(said).toBe(mode);
  });

  it('that is missing or older than the server is named, and how to get a fitting one', async () => {
    const help = expect.stringContaining(`apt-get install postgresql-client-${server.major}`);
    await expect(backup(sql, { ...options(), binDir: folder })).rejects.toMatchObject({
      name: 'BackupError',
      message: `There is no pg_dump in ${folder}.`,
      help,
    });
    const binDir = await standIn(folder, 'pg_dump', version('12.4 (Debian 12.4-1)'));
    await expect(backup(sql, { ...options(), binDir })).rejects.toMatchObject({
      message: `${binDir}/pg_dump is of PostgreSQL 12.4, which is older than the server (${server.version}) and cannot work with it.`,
      help,
    });
    expect(await readdir(folder)).toEqual(['bin']);
  });

  it('that no rollback could follow is refused before anything is dumped, and pg_restore reads what pg_dump wrote', async () => {
    const old = { version: '15.18', major: 15 };
    const at = async (name: 'pg_dump' | 'pg_restore', text: string) =>
      standIn(folder, name, `echo "${name} (PostgreSQL) ${text}"`, `${name}-${text}`);
    const newer = await at('pg_dump', '17.5');
    await expect(findTool('pg_dump', old, { binDir: newer, path: '' })).rejects.toMatchObject({
      message: `${newer}/pg_dump is of PostgreSQL 17.5, and sets transaction_timeout where it restores, which the server (15.18) does not know.`,
      help: expect.stringContaining('postgresql-client-15'),
    });
    expect(
      await findTool('pg_dump', { version: '17.1', major: 17 }, { binDir: newer, path: '' }),
    ).toBeTruthy();
    const own = await at('pg_restore', '15.18');
    await expect(findTool('pg_restore', old, { binDir: own, path: '' }, 16)).rejects.toThrow(
      /older than the pg_dump that wrote this dump \(16\)/,
    );
    const next = await at('pg_restore', '16.2');
    expect(await findTool('pg_restore', old, { binDir: next, path: '' }, 16)).toMatchObject({ major: 16 });
  });

  it("of the server's own version is taken before a newer one, and a newer one before none", async () => {
    const newer = await standIn(folder, 'pg_dump', version(`${server.major + 2}.1`), 'newer');
    const next = await standIn(folder, 'pg_dump', version(`${server.major + 1}beta1`), 'next');
    const same = await standIn(folder, 'pg_dump', version(`${server.major}.0`), 'same');
    const path = [newer, same, next].join(':');
    const wanted = { program: `${same}/pg_dump`, version: `${server.major}.0` };
    expect(await findTool('pg_dump', server, { path })).toMatchObject(wanted);
    const later = { version: `${server.major + 1}.0`, major: server.major + 1 };
    expect(await findTool('pg_dump', later, { path })).toMatchObject({ program: `${next}/pg_dump` });
  });
});
