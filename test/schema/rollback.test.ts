/** Going back to a dump: all of it or nothing, and what was there before is kept. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { readAddress } from '../../src/address/address.ts';
import { connect, type Sql } from '../../src/db/connection.ts';
import { backup } from '../../src/schema/backup.ts';
import type { DumpFacts } from '../../src/schema/dump-file.ts';
import { readRights } from '../../src/schema/lost-rights.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { type RollbackOptions, rollBack } from '../../src/schema/rollback.ts';
import { connectForTest, databaseForTest, eachTestGets } from '../support/servers/database.ts';
import { folderForTest } from '../support/servers/folder.ts';
import { itWithTools as it, PATH, standIn } from '../support/servers/postgres-tools.ts';
import { startCommand } from '../support/service/command-line.ts';
import { fingerprint } from '../support/sql/catalog.ts';
import { addRows, install20 } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const database = eachTestGets('empty');
let name: string;
let folder: string;
let file: string;
/** Connected to another database, so that nobody is connected to ours. */
let admin: Sql;

beforeEach(async () => {
  name = new URL(database.url).pathname.slice(1);
  folder = await folderForTest();
  file = join(folder, 'b.dump');
  admin = connectForTest(database.url, { database: 'postgres' });
});
afterEach(async () => {
  for (const suffix of ['_rollback', '_before_rollback'])
    await admin`DROP DATABASE IF EXISTS ${admin(name + suffix)} WITH (FORCE)`;
});

/** One for each call: each adds its listeners. */
const uninterrupted = () => new AbortController().signal;
const backUp = (sql: Sql) => backup(sql, { file, path: PATH, now: new Date(), signal: uninterrupted() });
const options = (more: Partial<RollbackOptions> = {}): RollbackOptions => ({
  address: readAddress(database.url),
  file,
  force: false,
  path: PATH,
  signal: uninterrupted(),
  confirm: async () => true,
  ...more,
});

/** All checks before a rollback, which is then not confirmed. */
async function inspect(more: Partial<RollbackOptions> = {}): Promise<DumpFacts | 'unknown' | undefined> {
  let found: DumpFacts | 'unknown' | undefined;
  const confirm = async (dump: DumpFacts | undefined) => {
    found = dump ?? 'unknown';
    return false;
  };
  expect(await rollBack(options({ ...more, confirm }))).toBeUndefined();
  return found;
}

/** Works in a database and leaves it. */
async function lookInto<T>(work: (sql: Sql) => Promise<T>, which = name): Promise<T> {
  const sql = connect(database.url, { database: which, max: 2 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function databases(): Promise<string[]> {
  const rows = await admin`SELECT datname FROM pg_database WHERE starts_with(datname, ${name}) ORDER BY 1`;
  return rows.map(({ datname }) => datname);
}

/** The command, with a pg_restore that runs `script` where it would restore. */
async function startRollback(script: string) {
  const restore = `case "$*" in *--dbname*) ${script};; esac; exec "$REAL" "$@"`;
  const binDir = await standIn(folder, 'pg_restore', restore);
  return startCommand(['rollback', '--to', file, '--bin', binDir, '--yes'], { DATABASE_URL: database.url });
}

const sessions = () => admin`SELECT FROM pg_stat_activity WHERE datname = ${name}`;

/** A dump of 2.0 with rows; then the migration, and a project more. Returns both states; nobody is connected. */
async function backUpAndMigrate(): Promise<{ before: unknown; after: unknown }> {
  const states = await lookInto(async (sql) => {
    await install20(sql);
    await addRows(sql);
    const before = await fingerprint(sql);
    await backUp(sql);
    await migrate(sql, files);
    await sql`DELETE FROM "Projects" WHERE "ProjectName" = 'โรงสูบน้ำ'`;
    return { before, after: await fingerprint(sql) };
  });
  await expect.poll(() => sessions()).toHaveLength(0);
  return states;
}

describe('rollback --to FILE', () => {
  it('brings back all that the dump holds and nothing else, and keeps what was there', async () => {
    const { before, after } = await backUpAndMigrate();
    await admin.unsafe(`ALTER DATABASE "${name}" CONNECTION LIMIT 77; ALTER DATABASE "${name}" SET search_path = public, "My App";
      ALTER DATABASE "${name}" SET statement_timeout = '7min';
      REVOKE ALL ON DATABASE "${name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${name}" TO pg_monitor WITH GRANT OPTION`);
    const properties = (which: string) => admin`
      SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, datcollate, datctype, encoding, datacl::text[] AS rights,
        (SELECT array_agg(one ORDER BY one) FROM pg_db_role_setting, unnest(setconfig) one WHERE setdatabase = oid) AS settings
      FROM pg_database WHERE datname = ${which}`;
    const wanted = await properties(name);
    expect(wanted[0]?.['settings']).toHaveLength(2);

    expect(await inspect()).toMatchObject({ database: name });
    expect(await databases()).toEqual([name]);
    const former = `${name}_before_rollback`;
    expect(await rollBack(options())).toMatchObject({
      ...{ database: name, former },
      ...{ rows: { Roles: 4, Users: 2, Projects: 3 }, lost: [] },
    });
    expect(await lookInto(fingerprint)).toEqual(before);
    expect(await lookInto(fingerprint, former)).toEqual(after);
    expect(await properties(name)).toEqual(wanted);
    expect(await databases()).toEqual([name, former]);
    expect((await lookInto((sql) => migrate(sql, files))).every((one) => one.state === 'applied')).toBe(true);
  });

  it('refuses while a former rollback is kept, and says how to drop it', async () => {
    await backUpAndMigrate();
    await rollBack(options());
    const kept = [await databases(), await lookInto(fingerprint)];
    await expect(rollBack(options())).rejects.toMatchObject({
      name: 'BackupError',
      help: expect.stringContaining(`DROP DATABASE "${name}_before_rollback"`),
    });
    expect([await databases(), await lookInto(fingerprint)]).toEqual(kept);
  });

  it('refuses a damaged or a foreign dump before anything is touched; forced, only the foreign one is taken', async () => {
    const { after } = await backUpAndMigrate();
    const [dump, facts] = [await readFile(file), await readFile(`${file}.json`, 'utf8')];
    const refused = (force: boolean) => rollBack(options({ force })).catch((error: Error) => error.message);

    const flipped = dump.map((byte, at) => (at > dump.length - 400 ? byte ^ 0xff : byte));
    for (const damaged of [flipped, dump.subarray(0, -300), dump.subarray(0, 0), 'this is no dump']) {
      await writeFile(file, damaged);
      for (const force of [false, true])
        expect(await refused(force)).toMatch(/is damaged: .*Nothing was changed/);
    }

    await writeFile(file, dump);
    await writeFile(`${file}.json`, `${facts}}`);
    expect(await refused(false)).toMatch(/b\.dump\.json is missing or not what/);
    await rm(`${file}.json`);
    expect(await refused(false)).toMatch(/b\.dump\.json is missing/);
    expect(await inspect({ force: true })).toBe('unknown');

    // Nothing but the restore itself notices these now: one is no dump, the other ends in the middle.
    for (const damaged of ['this is no dump', dump.subarray(0, -300)]) {
      await writeFile(file, damaged);
      expect(await refused(true)).toMatch(/pg_restore failed: pg_restore: error: /);
    }
    await rm(file);
    for (const force of [false, true]) expect(await refused(force)).toBe(`There is no file ${file}.`);
    expect(await databases()).toEqual([name]);
    expect(await lookInto(fingerprint)).toEqual(after);
  });

  it('refuses a dump of another database, unless it is forced', async () => {
    await lookInto(backUp);
    const { url } = await databaseForTest('empty');
    const message = `is a dump of the database ${name}, not of ${new URL(url).pathname.slice(1)}`;
    await expect(rollBack(options({ address: readAddress(url) }))).rejects.toThrow(message);
    expect(await inspect({ address: readAddress(url), force: true })).toMatchObject({ database: name });
  });

  it('refuses while the application is connected and names it; forced, it ends its sessions', async () => {
    const { before } = await backUpAndMigrate();
    const application = connectForTest(database.url, { max: 4, applicationName: 'the application' });
    let writing = true;
    const writer = (async () => {
      while (writing) await application`UPDATE "Projects" SET "Team" = "Team"`.catch(() => setTimeout(5));
    })();
    try {
      await expect.poll(() => sessions()).not.toHaveLength(0);
      await expect(rollBack(options())).rejects.toMatchObject({
        message: expect.stringMatching(/Others are connected to .*\n {2}pid \d+, \w+, the application, /),
        help: expect.stringContaining('--force'),
      });
      expect(await databases()).toEqual([name]);
      await rollBack(options({ force: true }));
      await expect.poll(() => application`SELECT FROM "Projects"`.catch(() => [])).toHaveLength(3);
    } finally {
      writing = false;
      await writer;
    }
    expect(await lookInto(fingerprint)).toEqual(before);
  });

  it('refuses a dump without the tables of the application, unless it is forced', async () => {
    await lookInto(async (sql) => {
      await sql`CREATE TABLE "Projects" ("ProjectId" uuid)`;
      await backUp(sql);
      await sql`DROP TABLE "Projects"`;
      await install20(sql);
    });
    await expect(rollBack(options())).rejects.toThrow(
      /cannot be used, .*: "Roles": relation "Roles" does not/,
    );
    expect(await databases()).toEqual([name]);
    expect(await rollBack(options({ force: true }))).toMatchObject({
      rows: { Roles: null, Users: null, Projects: 0 },
    });
  });

  it('works for an owner who may create databases, and names the settings of others that it may not copy', async () => {
    const role = `keeper_${process.pid}`;
    const other = `other_${process.pid}`;
    await admin.unsafe(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'x'; CREATE ROLE ${other} LOGIN PASSWORD 'x';
        ALTER DATABASE "${name}" OWNER TO ${role};
        ALTER ROLE ${other} IN DATABASE "${name}" SET application_name = '100%s';
        ALTER ROLE ${role} IN DATABASE "${name}" SET search_path = public, "My App"`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    const own = connect(url.href, { max: 1 });
    const theirs = connect(Object.assign(new URL(url), { username: other }).href, { max: 1 });
    try {
      await install20(own);
      await addRows(own);
      await backUp(own);
      await own.end();
      await theirs`SELECT`;
      await expect(rollBack(options({ address: readAddress(url.href), force: true }))).rejects.toMatchObject({
        message: expect.stringContaining('the database is as it was'),
        help: expect.stringContaining('pg_signal_backend'),
      });
      await theirs.end();
      const done = await rollBack(options({ address: readAddress(url.href) }));
      expect(done?.lost).toEqual([
        `ALTER ROLE ${other} IN DATABASE ${name} SET application_name TO '100%s';`,
      ]);
      await admin.unsafe(done?.lost.join() ?? '');
      const settings = (which: string) => admin`
          SELECT setrole, setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
          WHERE datname = ${which} ORDER BY setrole`;
      expect([...(await settings(name))]).toEqual([...(await settings(`${name}_before_rollback`))]);
    } finally {
      await Promise.all([own.end(), theirs.end()]);
      for (const which of [name, `${name}_before_rollback`])
        await admin`DROP DATABASE IF EXISTS ${admin(which)} WITH (FORCE)`;
      await admin.unsafe(`DROP ROLE ${role}, ${other}`);
    }
  });

  it('stopped in the middle changes nothing: Ctrl-C cleans up, and kill -9 leaves it to the next run', async () => {
    const { before, after } = await backUpAndMigrate();
    const started = join(folder, 'started');
    const run = () => startRollback(`echo $$ > ${started}; exec sleep 60`);
    const pid = async () => Number(await readFile(started, 'utf8').catch(() => '0'));

    const interrupted = await run();
    await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await databases()).toEqual([name, `${name}_rollback`]);
    interrupted.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({
      code: 1,
      stderr: 'Interrupted: the database is as it was. Run it again to go on.\n',
    });
    expect(await databases()).toEqual([name]);

    await rm(started);
    const killed = await run();
    await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
    killed.kill('SIGKILL');
    process.kill(await pid(), 'SIGKILL');
    await killed.ended;
    expect(await databases()).toEqual([name, `${name}_rollback`]);
    expect(await lookInto(fingerprint)).toEqual(after);

    await rollBack(options());
    expect(await databases()).toEqual([name, `${name}_before_rollback`]);
    expect(await lookInto(fingerprint)).toEqual(before);
  });

  it("never drops a database of the new one's name that it did not create", async () => {
    await backUpAndMigrate();
    await admin`CREATE DATABASE ${admin(`${name}_rollback`)}`;
    await expect(rollBack(options())).rejects.toThrow(/There is a database \w+_rollback already/);
    expect(await databases()).toEqual([name, `${name}_rollback`]);
  });

  it('killed during the swap of names leaves both as they were, and the next run finishes', async () => {
    const { before, after } = await backUpAndMigrate();
    const [restored, go] = [join(folder, 'restored'), join(folder, 'go')];
    const command = await startRollback(
      `"$REAL" "$@" || exit; touch ${restored}; while [ ! -e ${go} ]; do sleep 0.05; done; exit`,
    );
    await expect.poll(() => stat(restored).catch(() => undefined), { timeout: 20_000 }).toBeTruthy();
    // The second of the two renames waits for this session to end.
    const visitor = connectForTest(database.url, { database: `${name}_rollback` });
    await visitor`SELECT`;
    await writeFile(go, '');
    const renaming = () => admin`
        SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE ${`ALTER DATABASE "${name}\\_rollback" RENAME%`}`;
    await expect.poll(renaming, { timeout: 20_000, interval: 20 }).toHaveLength(1);
    command.kill('SIGKILL');
    await command.ended;
    await expect.poll(renaming, { timeout: 10_000 }).toHaveLength(0);
    await visitor.end();
    expect(await databases()).toEqual([name, `${name}_rollback`]);
    expect(await lookInto(fingerprint)).toEqual(after);

    await rollBack(options());
    expect(await databases()).toEqual([name, `${name}_before_rollback`]);
    expect(await lookInto(fingerprint)).toEqual(before);
    expect(await lookInto(fingerprint, `${name}_before_rollback`)).toEqual(after);
  });

  it('names the rights that were granted since the backup and that the dump can have', async () => {
    const role = `reader_${process.pid}`;
    await lookInto((sql) => install20(sql));
    await admin.unsafe(`CREATE ROLE ${role}`);
    try {
      const wanted = await lookInto(async (sql) => {
        await sql.unsafe(
          `CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT SELECT ON "Users" TO ${role};
          GRANT SELECT ON "Roles" TO ${role}`,
        );
        await backUp(sql);
        await sql.unsafe(`GRANT SELECT, INSERT ON "Projects" TO ${role}; GRANT UPDATE ("Budget") ON "Projects" TO ${role};
          GRANT CREATE ON SCHEMA public TO ${role}; GRANT USAGE ON SEQUENCE "Roles_RoleId_seq" TO ${role} WITH GRANT OPTION;
          GRANT EXECUTE ON FUNCTION one() TO ${role}`);
        const rights = await readRights(sql);
        await migrate(sql, files);
        await sql.unsafe(`REVOKE ALL ON "Roles" FROM ${role}; GRANT UPDATE ("Region") ON "Projects" TO ${role}; GRANT USAGE ON SCHEMA dashboard_stats TO ${role};
          GRANT SELECT ON "ProjectRegions" TO ${role}`);
        return rights;
      });
      const { ended } = startCommand(['rollback', '--to', file, '--yes', '--json'], {
        DATABASE_URL: database.url,
      });
      const { lost } = JSON.parse((await ended).stdout);
      expect(lost).toEqual([
        `GRANT EXECUTE ON ROUTINE public.one() TO ${role};`,
        `GRANT CREATE ON SCHEMA public TO ${role};`,
        `GRANT USAGE ON SEQUENCE public."Roles_RoleId_seq" TO ${role} WITH GRANT OPTION;`,
        `GRANT INSERT ON TABLE public."Projects" TO ${role};`,
        `GRANT SELECT ON TABLE public."Projects" TO ${role};`,
        `GRANT UPDATE ("Budget") ON TABLE public."Projects" TO ${role};`,
      ]);
      await lookInto((sql) => sql.unsafe(lost.join('\n')));
      expect(await lookInto(readRights)).toEqual(wanted);
    } finally {
      for (const which of [name, `${name}_before_rollback`])
        await admin`DROP DATABASE IF EXISTS ${admin(which)} WITH (FORCE)`;
      await admin.unsafe(`DROP ROLE ${role}`);
    }
  });
});
