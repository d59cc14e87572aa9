/** How migrations run: once, in order, a step whole or not at all, whoever else migrates or holds a lock. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { loadMigrations, type MigrationFile, migrate, status } from '../../src/schema/migrator.ts';
import { refuseOldServer } from '../../src/schema/server-version.ts';
import { alterDatabase, connectForTest, eachTestGets, holding } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { fingerprint } from '../support/sql/catalog.ts';
import { addRows, install20 } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const database = eachTestGets('empty');
const { sql } = database;

const states = (list: { number: number; state: string }[]) => list.map((one) => `${one.number} ${one.state}`);
const change = (number: number, changes: Partial<MigrationFile>) =>
  files.map((file) => (file.number === number ? { ...file, ...changes } : file));
/** It gets in the way of step 002. */
const LOCK = 'LOCK TABLE "Projects" IN ACCESS SHARE MODE';
const all = (state: string) => files.map((file) => `${file.number} ${state}`);

describe('migrate', () => {
  it('reports each step, and records it with its checksum and duration', async () => {
    const steps: number[] = [];
    const result = await migrate(sql, files, { onStep: (step) => steps.push(step.number) });
    expect(steps).toEqual(files.map((file) => file.number));
    expect(states(result)).toEqual(all('applied'));
    expect(result[0]?.appliedAt).toBeInstanceOf(Date);

    const records = await sql`
      SELECT number, name, checksum, duration_ms >= 0 AS timed FROM dashboard_stats.migrations ORDER BY number`;
    expect(records).toEqual(
      files.map(({ number, name, checksum }) => ({ number, name, checksum, timed: true })),
    );
  });

  it('changes nothing the second time, not even where writing is forbidden', async () => {
    await migrate(sql, files);
    const before = await fingerprint(sql);
    await sql.begin('read only', async (tx) => {
      await migrate(tx as unknown as Sql, files);
    });
    expect(await fingerprint(sql)).toEqual(before);
  });

  it('stops after `to`, and goes on from there', async () => {
    expect(states(await migrate(sql, files, { to: 3 }))).toEqual(
      files.map((file) => `${file.number} ${file.number <= 3 ? 'applied' : 'pending'}`),
    );
    expect(states(await migrate(sql, files, { to: 2 }))).toContain('3 applied');
    expect(states(await migrate(sql, files))).toEqual(all('applied'));
  });

  it('runs each file once when several nodes start together', async () => {
    const pools = [1, 2, 3, 4].map(() => connectForTest(database.url, { max: 2 }));
    const steps: number[] = [];
    const onStep = ({ number }: { number: number }) => steps.push(number);
    for (const result of await Promise.all(pools.map((pool) => migrate(pool, files, { onStep }))))
      expect(states(result)).toEqual(all('applied'));
    expect(steps.sort((a, b) => a - b)).toEqual(files.map((file) => file.number));
  });

  it('waits for another node that is at work, however short its timeouts are', async () => {
    await alterDatabase(sql, 'statement_timeout = 100');
    const pools = [1, 2].map(() => connectForTest(database.url, { max: 2 }));
    const slow = files.map((file) => ({ ...file, sql: `SELECT pg_sleep(0.04);${file.sql}` }));
    await Promise.all(pools.map((pool) => migrate(pool, slow, { lockTimeoutMs: 10 })));
    expect(states(await status(sql, files))).toEqual(all('applied'));
  });

  it('rolls a failing file back as a whole, names the line, and finishes on the next run', async () => {
    await install20(sql);
    await addRows(sql);
    await migrate(sql, files, { to: 3 });
    const before = await fingerprint(sql);
    const broken = change(4, { sql: `${files[3]?.sql}\nCREATE TABLE broken (x no_such_type);` });

    const line = (files[3]?.sql ?? '').split('\n').length + 1;
    await expect(migrate(sql, broken)).rejects.toMatchObject({
      name: 'MigrationError',
      message: `Migration 004_tracking_2_1.sql failed in line ${line}: type "no_such_type" does not exist`,
      help: expect.stringContaining('run migrate again'),
    });
    expect(await fingerprint(sql)).toEqual(before);
    expect(states(await migrate(sql, files))).toEqual(all('applied'));
  });

  it('refuses an edited file before anything runs', async () => {
    await migrate(sql, files, { to: 5 });
    const edited = change(2, { checksum: 'another' });
    expect(states(await status(sql, edited))).toContain('2 edited');
    await expect(migrate(sql, edited)).rejects.toMatchObject({
      name: 'MigrationError',
      message: expect.stringContaining('002_projects_2_1.sql'),
      help: expect.stringContaining('git checkout'),
    });
    expect(states(await status(sql, files))).toContain('6 pending');
  });

  it('refuses a database that is newer than the program', async () => {
    await migrate(sql, files);
    const older = files.slice(0, 8);
    expect(states(await status(sql, older)).slice(8)).toEqual(
      files.slice(8).map(({ number }) => `${number} missing`),
    );
    await expect(migrate(sql, older)).rejects.toThrow(
      /does not know: 009_dashboard_stats\.sql, 010_triggers\.sql/,
    );
  });

  it('gives up on a table that stays locked, names who holds it, and goes on when it is free', async () => {
    await install20(sql);
    const holder = await holding(database.url, LOCK);
    const waits: string[] = [];
    const onWait = ({ name }: MigrationFile, holders: readonly string[]) => waits.push(`${name} ${holders}`);
    await expect(migrate(sql, files, { lockTimeoutMs: 2, onWait })).rejects.toMatchObject({
      name: 'MigrationError',
      message: expect.stringMatching(/pid \d+, .*the application, idle in transaction.* locks "Projects"/),
    });
    expect(waits).toEqual([expect.stringMatching(/^002_.*pid \d+, .*the application, idle in transaction/)]);
    await holder`ROLLBACK`;
    expect(states(await migrate(sql, files))).toEqual(all('applied'));
  });

  it('tries again, holding nothing in between, until the lock is free', async () => {
    await install20(sql);
    const holder = await holding(database.url, LOCK);
    const migrating = migrate(sql, files, { lockTimeoutMs: 500 });
    const settled = migrating.catch((error) => error);
    const waiting = () => sql`SELECT FROM pg_locks WHERE NOT granted AND relation = '"Projects"'::regclass`;
    await expect.poll(waiting, { interval: 20, timeout: 10_000 }).toHaveLength(1);
    // The application's write stands behind the migration now, and gets through when the migration lets go.
    await sql`UPDATE "Projects" SET "Team" = 'x'`;
    await holder`ROLLBACK`;
    await settled;
    expect(states(await migrating)).toEqual(all('applied'));
  });

  it('names the rights that a role lacks', async () => {
    await install20(sql);
    await withRole(database, async (theirs) => {
      const help = expect.stringContaining('GRANT CREATE');
      await expect(migrate(theirs, files)).rejects.toMatchObject({ name: 'MigrationError', help });
    });
  });

  it('says that a server is read-only', async () => {
    await alterDatabase(sql, 'default_transaction_read_only = on');
    await expect(migrate(connectForTest(database.url), files)).rejects.toMatchObject({
      name: 'MigrationError',
      message: expect.stringContaining('accepts no writes'),
      help: expect.stringContaining('primary'),
    });
  });

  // No PostgreSQL 12 is at hand; this is what decides.
  it('refuses a PostgreSQL 12, and takes a 13', () => {
    expect(() => refuseOldServer({ version: '12.17', major: 12 })).toThrow(
      /PostgreSQL 12\.17 is too old: version 13 or newer/,
    );
    refuseOldServer({ version: '13.0', major: 13 });
  });

  it('needs no right to create schemas where ours is there already', async () => {
    await install20(sql);
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`
        CREATE SCHEMA dashboard_stats AUTHORIZATION ${role};
        GRANT CREATE ON SCHEMA public TO ${role};
        ALTER TABLE "Roles" OWNER TO ${role}; ALTER TABLE "Users" OWNER TO ${role};
        ALTER TABLE "Projects" OWNER TO ${role}`);
      const result = await migrate(theirs, files, { to: 8 });
      expect(states(result)).toContain('8 applied');
    });
  });
});

it('status needs no right where nothing is installed, and says what a role lacks that may not read the record', async () => {
  await withRole(database, async (theirs) => {
    expect(states(await status(theirs, files))).toEqual(all('pending'));
    await migrate(sql, files);
    await expect(status(theirs, files)).rejects.toMatchObject({ name: 'MigrationError' });
  });
});
