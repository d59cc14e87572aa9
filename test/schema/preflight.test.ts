/** Preflight says before a migration what would go wrong, and what to do about it. */
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/schema/check.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { checkVersion } from '../../src/schema/preflight/server.ts';
import { type PreflightOptions, preflight } from '../../src/schema/preflight.ts';
import { verify } from '../../src/schema/verify.ts';
import { alterDatabase, connectForTest, eachTestGets, holding } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { fingerprint } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const database = eachTestGets('empty');
const { sql } = database;

async function check(options: Partial<PreflightOptions> = {}, db = sql): Promise<Check[]> {
  return preflight(db, files, { now: Date.now(), ...options });
}

/** The checks of one name. */
async function named(name: string, options: Partial<PreflightOptions> = {}, db = sql): Promise<Check[]> {
  return (await check(options, db)).filter((check) => check.name === name);
}

describe('preflight', () => {
  it('checks every item of the list on a 2.0 database, and changes nothing', async () => {
    await install20(sql);
    await addRows(sql);
    const before = await fingerprint(sql);
    await sql.end();
    const theirs = connectForTest(database.url);
    const checks = await check({}, theirs);
    expect(checks.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'server version: ok',
      'encoding: ok',
      'server takes writes: ok',
      'migrations: ok',
      'rights of the migrating role: ok',
      'other sessions: ok',
      'existing objects: ok',
      'size of Projects: ok',
      'backup: warning',
    ]);
    expect(checks.find(({ name }) => name === 'size of Projects')?.detail).toMatch(
      /^3 rows, 1 MiB\. Null inverter counts of 2 become 0/,
    );
    expect(await fingerprint(theirs)).toEqual(before);
  });

  it.each(['no table at all', "the guide's own 2.1", 'everything migrated'])(
    'finds nothing to refuse in a database with %s',
    async (state) => {
      if (state !== 'no table at all') await install20(sql);
      if (state.startsWith('the guide')) await install21ByTheGuide(sql);
      if (state === 'everything migrated') await migrate(sql, files);
      const checks = await check();
      expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(checks.some(({ name }) => name === 'application')).toBe(state === 'no table at all');
    },
  );

  it('of a migrated database names what verify would call wrong', async () => {
    await install20(sql);
    await migrate(sql, files);
    await sql`DROP TABLE "SignalRGroups" CASCADE`;
    const failed = (checks: Check[]) => checks.filter(({ status }) => status === 'failed');
    const found = failed(await check());
    expect(found.map(({ name }) => name)).toContain('table SignalRGroups');
    expect(found).toEqual(failed(await verify(sql, files)));
  });

  it('says what a server of another age means', () => {
    const ages = [12, 13, 18, 19].map((major) => checkVersion({ major, version: `${major}.0` }));
    expect(ages.map(({ status }) => status)).toEqual(['failed', 'ok', 'ok', 'warning']);
    expect(ages[0]?.advice).toBe('Upgrade the server: 13 to 18 are supported.');
  });

  it('fails on a server that takes no writes', async () => {
    await alterDatabase(sql, 'default_transaction_read_only = on');
    expect(await named('server takes writes', {}, connectForTest(database.url))).toMatchObject([
      { status: 'failed', detail: expect.stringContaining('default_transaction_read_only') },
    ]);
  });

  it('fails where the role lacks a right, and the statements that it prints are all that is needed', async () => {
    await install20(sql);
    await install21ByTheGuide(sql);
    await withRole(database, async (theirs, role) => {
      const [rights] = await named('rights of the migrating role', {}, theirs);
      const lacking = /CREATE on the database.*ownership of public."Projects"/s;
      expect(rights).toMatchObject({ status: 'failed', detail: expect.stringMatching(lacking) });
      // The owner is a superuser here, which nobody is to become.
      expect(rights?.sql).toContain('-- Set DATABASE_URL to the owner, postgres, for the migration.');
      expect(rights?.sql).not.toMatch(/GRANT postgres/);
      await sql.unsafe(rights?.sql ?? '');
      await sql.unsafe(`
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname NOT IN ('Users', 'Roles')
          LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${role}', t); END LOOP;
        END $$`);
      expect(await named('rights of the migrating role', {}, theirs)).toMatchObject([{ status: 'ok' }]);
      await expect(migrate(theirs, files)).resolves.toHaveLength(files.length);
      expect(await named('rights of the migrating role', {}, theirs)).toMatchObject([{ status: 'ok' }]);
    });
  });

  it('says what it may not see, and goes on', async () => {
    await install20(sql);
    await withRole(database, async (theirs) => {
      const checks = await check({}, theirs);
      expect(checks.find(({ name }) => name === 'other sessions')?.detail).toContain('this role may not see');
      const detail = expect.stringContaining('permission denied');
      const wanted = { name: 'size of Projects', status: 'failed', detail };
      expect(checks).toContainEqual(expect.objectContaining(wanted));
      expect(checks.at(-1)?.name).toBe('backup');
    });
  });

  it('fails on a table that somebody has locked, does not wait, and says how long their transaction is open', async () => {
    await install20(sql);
    await holding(database.url, 'LOCK TABLE "Projects" IN ACCESS EXCLUSIVE MODE');
    const checks = await check();
    const failed = checks.filter(({ status }) => status === 'failed');
    expect(failed.map(({ name }) => name)).toContain('size of Projects');
    for (const { detail } of failed) expect(detail).toContain('lock timeout');
    expect(checks.find(({ name }) => name === 'other sessions')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(
        /pid \d+, \w+, the application, .*since .* UTC, transaction open for \d+ s/,
      ),
    });
  });

  it('warns of rows of the cache that the migration deletes', async () => {
    await install20(sql);
    await install21ByTheGuide(sql);
    await sql.unsafe(`INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt")
      SELECT key, type, now() FROM (VALUES ('global', 'global'), ('user:1', 'user')) t (key, type), generate_series(1, 3)`);
    expect(await named('cache keys')).toMatchObject([
      { status: 'warning', detail: expect.stringMatching(/: global \(3\)\. The migration keeps /) },
    ]);
  });
});
