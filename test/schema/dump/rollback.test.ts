/** Going back to a dump: all of it or nothing, and what was there before is kept. */
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { backup } from '../../../src/schema/dump/backup.ts';
import { inspectRollback } from '../../../src/schema/dump/inspect.ts';
import { rollBack } from '../../../src/schema/dump/restore.ts';
import type { RollbackOptions } from '../../../src/schema/dump/target.ts';
import { loadMigrations, migrate } from '../../../src/schema/migrator.ts';
import { createDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { itWithTools, PATH, standIn } from '../../support/servers/postgres-tools.ts';
import { startCommand } from '../../support/service/command-line.ts';
import { fingerprint } from '../../support/sql/catalog.ts';
import { addRows, install20 } from '../../support/sql/fixtures.ts';

const files = await loadMigrations();
let database: TestDatabase;
let name: string;
let folder: string;
let file: string;
/** Connected to another database, so that nobody is connected to ours. */
let admin: Sql;

beforeEach(async () => {
  database = await createDatabase({ template: 'empty' });
  name = new URL(database.url).pathname.slice(1);
  folder = await mkdtemp(join(tmpdir(), 'rollback-'));
  file = join(folder, 'b.dump');
  admin = connect(database.url, { database: 'postgres', max: 1 });
});
afterEach(async () => {
  for (const suffix of ['_rollback', '_before_rollback'])
    await admin`DROP DATABASE IF EXISTS ${admin(name + suffix)} WITH (FORCE)`;
  await admin.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const options = (more: Partial<RollbackOptions> = {}): RollbackOptions => ({
  url: database.url,
  file,
  force: false,
  path: PATH,
  signal: new AbortController().signal,
  ...more,
});

/** Looks into a database and leaves it. */
async function lookInto<T>(work: (sql: Sql) => Promise<T>, which = name): Promise<T> {
  const sql = connect(database.url, { database: which, max: 2 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

const databases = async () =>
  (
    await admin<{ name: string }[]>`
    SELECT datname AS name FROM pg_database WHERE starts_with(datname, ${name}) ORDER BY 1`
  ).map((row) => row.name);

/** A dump of 2.0 with rows; then the migration, and a project more. Returns both states; nobody is connected. */
async function backUpAndMigrate(): Promise<{ before: unknown; after: unknown }> {
  const states = await lookInto(async (sql) => {
    await install20(sql);
    await addRows(sql);
    const before = await fingerprint(sql);
    await backup(sql, { file, path: PATH, now: new Date(), signal: new AbortController().signal });
    await migrate(sql, files);
    await sql`DELETE FROM "Projects" WHERE "ProjectName" = 'โรงสูบน้ำ'`;
    return { before, after: await fingerprint(sql) };
  });
  await expect.poll(() => admin`SELECT FROM pg_stat_activity WHERE datname = ${name}`).toHaveLength(0);
  return states;
}

describe('rollback --to FILE', () => {
  itWithTools('brings back all that the dump holds and nothing else, and keeps what was there', async () => {
    const { before, after } = await backUpAndMigrate();
    await admin.unsafe(`ALTER DATABASE "${name}" CONNECTION LIMIT 77; ALTER DATABASE "${name}" SET search_path = public, "My App";
      ALTER DATABASE "${name}" SET statement_timeout = '7min'; COMMENT ON DATABASE "${name}" IS 'it''s ours';
      REVOKE ALL ON DATABASE "${name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${name}" TO pg_monitor WITH GRANT OPTION`);
    const properties = (which: string) => admin`
      SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, datcollate, datctype, encoding, datacl::text[] AS rights,
        shobj_description(oid, 'pg_database') AS comment,
        (SELECT array_agg(one ORDER BY one) FROM pg_db_role_setting, unnest(setconfig) one WHERE setdatabase = oid) AS settings
      FROM pg_database WHERE datname = ${which}`;
    const wanted = await properties(name);
    expect(wanted[0]?.['settings']).toHaveLength(2);

    expect(await inspectRollback(options())).toMatchObject({
      database: name,
      target: name,
      rowsNow: { Roles: 4, Users: 2, Projects: 2 },
    });
    const done = await rollBack(options());

    expect(done).toEqual({
      database: name,
      former: `${name}_before_rollback`,
      checks: [
        { name: '"Roles" can be read', status: 'ok', detail: '4 rows.' },
        { name: '"Users" can be read', status: 'ok', detail: '2 rows.' },
        { name: '"Projects" can be read', status: 'ok', detail: '3 rows.' },
        { name: 'a project can be added, changed and deleted', status: 'ok', detail: 'Rolled back.' },
      ],
      uncopied: [],
    });
    expect(await lookInto(fingerprint)).toEqual(before);
    expect(await lookInto(fingerprint, done.former)).toEqual(after);
    expect(await properties(name)).toEqual(wanted);
    expect(await databases()).toEqual([name, done.former]);
    expect((await lookInto((sql) => migrate(sql, files))).every((one) => one.state === 'applied')).toBe(true);
  });

  itWithTools('refuses while a former rollback is kept, and says how to drop it', async () => {
    await backUpAndMigrate();
    await rollBack(options());
    await expect(inspectRollback(options())).rejects.toMatchObject({
      name: 'BackupError',
      help: expect.stringContaining(`DROP DATABASE "${name}_before_rollback"`),
    });
  });

  itWithTools(
    'refuses a damaged dump by its checksum, forced too; past that it fails and the database is as it was',
    async () => {
      const { after } = await backUpAndMigrate();
      const dump = await readFile(file);
      for (const damage of [
        () =>
          writeFile(
            file,
            dump.map((byte, at) => (at > dump.length - 400 ? byte ^ 0xff : byte)),
          ),
        async () => {
          await writeFile(file, dump);
          await truncate(file, dump.length - 300);
        },
        () => truncate(file, 3_000),
        () => truncate(file, 0),
        () => writeFile(file, 'this is no dump'),
      ]) {
        await damage();
        for (const force of [false, true])
          await expect(inspectRollback(options({ force }))).rejects.toThrow(
            /is damaged: .*Nothing was changed/,
          );
        await expect(rollBack(options({ force: true }))).rejects.toMatchObject({
          name: 'BackupError',
          message: expect.stringMatching(/pg_restore failed: pg_restore: error: /),
        });
        expect(await databases()).toEqual([name]);
      }
      expect(await lookInto(fingerprint)).toEqual(after);
    },
  );

  itWithTools('refuses a dump of another database, by what stands in the dump itself', async () => {
    await backUpAndMigrate();
    const other = await createDatabase({ template: 'empty' });
    try {
      await expect(inspectRollback(options({ url: other.url }))).rejects.toThrow(
        new RegExp(`is a dump of the database ${name}, not of ${new URL(other.url).pathname.slice(1)}`),
      );
      expect(await inspectRollback(options({ url: other.url, force: true }))).toMatchObject({
        database: name,
      });
    } finally {
      await other.drop();
    }
  });

  itWithTools('refuses a dump without its FILE.json, or with a broken one, unless it is forced', async () => {
    await backUpAndMigrate();
    await appendFile(`${file}.json`, '}');
    await expect(inspectRollback(options())).rejects.toThrow(/b\.dump\.json is missing or not what/);
    await rm(`${file}.json`);
    await expect(inspectRollback(options())).rejects.toThrow(/b\.dump\.json is missing/);
    expect(await inspectRollback(options({ force: true }))).toMatchObject({ database: name });
  });

  it('says that there is no such file', async () => {
    for (const force of [true, false])
      await expect(inspectRollback(options({ force }))).rejects.toThrow(`There is no file ${file}.`);
  });

  itWithTools(
    'refuses while the application is connected and names it; forced, it ends its sessions',
    async () => {
      const { before } = await backUpAndMigrate();
      const application = connect(database.url, { max: 4, applicationName: 'the application' });
      let writing = true;
      const writer = (async () => {
        while (writing)
          await application`UPDATE "Projects" SET "Team" = "Team"`.catch(
            () => new Promise((wait) => setTimeout(wait, 5)),
          );
      })();
      try {
        await expect
          .poll(() => admin`SELECT FROM pg_stat_activity WHERE datname = ${name}`)
          .not.toHaveLength(0);
        await expect(inspectRollback(options())).rejects.toMatchObject({
          message: expect.stringMatching(/Others are connected to .*\n {2}pid \d+, \w+, the application, /),
          help: expect.stringContaining('--force'),
        });
        await expect(rollBack(options())).rejects.toThrow(/Others are connected/);
        expect(await databases()).toEqual([name]);

        await rollBack(options({ force: true }));
        await expect.poll(() => application`SELECT FROM "Projects"`.catch(() => [])).toHaveLength(3);
      } finally {
        writing = false;
        await writer;
        await application.end();
      }
      expect(await lookInto(fingerprint)).toEqual(before);
    },
  );

  itWithTools('refuses a dump whose content does not work, unless it is forced', async () => {
    await lookInto(async (sql) => {
      await sql`CREATE TABLE "Projects" ("ProjectId" uuid)`;
      await backup(sql, { file, path: PATH, now: new Date(), signal: new AbortController().signal });
      await sql`DROP TABLE "Projects"`;
      await install20(sql);
    });
    await expect(rollBack(options())).rejects.toThrow(
      /does not work.*\n {2}"Roles" can be read: relation "Roles"/,
    );
    expect(await databases()).toEqual([name]);
    expect((await rollBack(options({ force: true }))).checks.map(({ status }) => status)).toEqual([
      'failed',
      'failed',
      'ok',
      'ok',
    ]);
  });

  itWithTools('refuses a role that may not create databases', async () => {
    await backUpAndMigrate();
    const role = `keeper_${process.pid}`;
    await admin.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'x'];
    try {
      await expect(inspectRollback(options({ url: url.href }))).rejects.toThrow(
        `The role ${role} may not replace ${name}`,
      );
    } finally {
      await admin.unsafe(`DROP ROLE ${role}`);
    }
  });

  itWithTools(
    'works for an owner who may create databases, and names the settings of others that it may not copy',
    async () => {
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
        await backup(own, { file, path: PATH, now: new Date(), signal: new AbortController().signal });
        await own.end();
        await theirs`SELECT`;
        await expect(inspectRollback(options({ url: url.href, force: true }))).rejects.toMatchObject({
          message: expect.stringMatching(new RegExp(`may not end these sessions .*\n  pid \\d+, ${other}`)),
          help: expect.stringContaining(`GRANT pg_signal_backend TO "${role}";`),
        });
        await theirs.end();
        const done = await rollBack(options({ url: url.href }));
        expect(done.uncopied).toEqual([
          `ALTER ROLE ${other} IN DATABASE ${name} SET application_name TO '100%s';`,
        ]);
        await admin.unsafe(done.uncopied.join());
        const settings = (which: string) => admin`
          SELECT setrole, setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
          WHERE datname = ${which} ORDER BY setrole`;
        expect([...(await settings(name))]).toEqual([...(await settings(done.former))]);
      } finally {
        await Promise.all([own.end(), theirs.end()]);
        for (const which of [name, `${name}_before_rollback`])
          await admin`DROP DATABASE IF EXISTS ${admin(which)} WITH (FORCE)`;
        await admin.unsafe(`DROP ROLE ${role}, ${other}`);
      }
    },
  );

  itWithTools(
    'stopped in the middle changes nothing: Ctrl-C cleans up, and kill -9 leaves it to the next run',
    async () => {
      const { before, after } = await backUpAndMigrate();
      const started = join(folder, 'started');
      const binDir = await standIn(
        folder,
        'pg_restore',
        `case "$*" in *--dbname*) echo $$ > ${started}; exec sleep 60;; esac; exec "$REAL" "$@"`,
      );
      const run = () =>
        startCommand(['rollback', '--to', file, '--bin', binDir, '--yes'], { DATABASE_URL: database.url });
      const pid = async () => Number(await readFile(started, 'utf8').catch(() => '0'));

      const interrupted = run();
      await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
      expect(await databases()).toEqual([name, `${name}_rollback`]);
      interrupted.kill('SIGINT');
      expect(await interrupted.ended).toMatchObject({
        code: 1,
        stderr: 'Interrupted: the database is as it was. Run it again to go on.\n',
      });
      expect(await databases()).toEqual([name]);

      await rm(started);
      const killed = run();
      await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
      killed.kill('SIGKILL');
      process.kill(await pid(), 'SIGKILL');
      await killed.ended;
      expect(await databases()).toEqual([name, `${name}_rollback`]);
      expect(await lookInto(fingerprint)).toEqual(after);

      await inspectRollback(options());
      await rollBack(options());
      expect(await databases()).toEqual([name, `${name}_before_rollback`]);
      expect(await lookInto(fingerprint)).toEqual(before);
    },
  );

  itWithTools('killed before the new database has its mark leaves that to the next run', async () => {
    const { before } = await backUpAndMigrate();
    const holder = connect(database.url, { database: 'postgres', max: 1 });
    const creating = () =>
      admin`SELECT FROM pg_stat_activity WHERE query LIKE ${`CREATE DATABASE ${name}\\_rollback%`} AND state = 'active'`;
    try {
      // Nobody copies the template meanwhile, so the command waits in CREATE DATABASE; the server finishes that alone.
      await holder.unsafe(`BEGIN; COMMENT ON DATABASE template0 IS 'unmodifiable empty database'`);
      const command = startCommand(['rollback', '--to', file, '--yes'], { DATABASE_URL: database.url });
      await expect.poll(creating, { timeout: 20_000, interval: 20 }).toHaveLength(1);
      command.kill('SIGKILL');
      await command.ended;
    } finally {
      await holder.unsafe('ROLLBACK');
      await holder.end();
    }
    await expect.poll(databases, { timeout: 20_000 }).toEqual([name, `${name}_rollback`]);
    await inspectRollback(options());
    await rollBack(options());
    expect(await databases()).toEqual([name, `${name}_before_rollback`]);
    expect(await lookInto(fingerprint)).toEqual(before);
  });

  itWithTools("never drops a database of the new one's name that it did not make", async () => {
    await backUpAndMigrate();
    await admin`CREATE DATABASE ${admin(`${name}_rollback`)}`;
    for (const work of [inspectRollback, rollBack])
      await expect(work(options())).rejects.toThrow(/_rollback/);
    expect(await databases()).toEqual([name, `${name}_rollback`]);
  });

  itWithTools(
    'killed during the swap of names leaves both as they were, and the next run finishes',
    async () => {
      const { before, after } = await backUpAndMigrate();
      const [restored, go] = [join(folder, 'restored'), join(folder, 'go')];
      const binDir = await standIn(
        folder,
        'pg_restore',
        `case "$*" in *--dbname*) "$REAL" "$@" || exit; touch ${restored}; while [ ! -e ${go} ]; do sleep 0.05; done; exit;; esac
       exec "$REAL" "$@"`,
      );
      const command = startCommand(['rollback', '--to', file, '--bin', binDir, '--yes'], {
        DATABASE_URL: database.url,
      });
      await expect.poll(() => stat(restored).catch(() => undefined), { timeout: 20_000 }).toBeTruthy();
      // The second of the two renames waits for this session to end.
      const visitor = connect(database.url, { database: `${name}_rollback`, max: 1 });
      try {
        await visitor`SELECT`;
        await writeFile(go, '');
        const renaming = () => admin`
        SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE ${`ALTER DATABASE "${name}\\_rollback" RENAME%`}`;
        await expect.poll(renaming, { timeout: 20_000, interval: 20 }).toHaveLength(1);
        command.kill('SIGKILL');
        await command.ended;
        await expect.poll(renaming, { timeout: 10_000 }).toHaveLength(0);
      } finally {
        await visitor.end();
      }
      expect(await databases()).toEqual([name, `${name}_rollback`]);
      expect(await lookInto(fingerprint)).toEqual(after);

      await inspectRollback(options());
      await rollBack(options());
      expect(await databases()).toEqual([name, `${name}_before_rollback`]);
      expect(await lookInto(fingerprint)).toEqual(before);
      expect(await lookInto(fingerprint, `${name}_before_rollback`)).toEqual(after);
    },
  );

  itWithTools('with --yes touches nothing while a former rollback is kept', async () => {
    await backUpAndMigrate();
    const first = await startCommand(['rollback', '--to', file, '--yes'], { DATABASE_URL: database.url })
      .ended;
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(
      'Rows there now: "Roles" 4, "Users" 2, "Projects" 2; what the dump has is told once',
    );
    expect(first.stdout).toMatch(/"Projects" can be read +3 rows/);
    const kept = await databases();
    const state = await lookInto(fingerprint);
    const again = await startCommand(['rollback', '--to', file, '--yes'], { DATABASE_URL: database.url })
      .ended;
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`There is a database ${name}_before_rollback already.`);
    expect(await databases()).toEqual(kept);
    expect(await lookInto(fingerprint)).toEqual(state);
  });
});
