/** Databases and tables as others declare them: preflight says what that means, and migrate begins only what it can finish. */
import { describe, expect, it } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { audit } from '../../src/engine/audit.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { verify } from '../../src/schema/verify.ts';
import { insertProject } from '../support/application/projects.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';
import { install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const database = eachTestGets('empty');
const { sql } = database;

const found = async (db = sql) =>
  (await preflight(db, files, { now: 0 })).filter(
    ({ name, status }) => status !== 'ok' && name !== 'backup' && name !== 'other sessions',
  );

describe('tables that cannot be migrated', () => {
  it.each([
    [
      'a view',
      'ALTER TABLE "Projects" RENAME TO p; CREATE VIEW "Projects" AS SELECT * FROM p',
      /a view or the like/,
    ],
    ['an unlogged table', 'ALTER TABLE "Projects" SET UNLOGGED', /unlogged: a crash/],
    [
      'a generated column that a step fills',
      'ALTER TABLE "Projects" DROP "Inverter80kw", ADD "Inverter80kw" integer GENERATED ALWAYS AS (7) STORED',
      /generated always as \(7\) stored, and must take values/,
    ],
    [
      'keys that are numbers',
      'ALTER TABLE "Projects" DROP "ProjectId", ADD "ProjectId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
      /bigint, where uuid is needed/,
    ],
  ])('%s: preflight says so, migrate refuses, and nothing is changed', async (_, statement, detail) => {
    await install20(sql);
    await sql.unsafe(statement);
    const refused = (await found()).filter(({ status }) => status === 'failed');
    expect(refused).toMatchObject([{ detail: expect.stringMatching(detail) }]);
    // It would make an empty table, or fail.
    expect(refused[0]?.sql ?? '').not.toMatch(/RENAME|::uuid/);
    await expect(migrate(sql, files)).rejects.toThrow(detail);
    expect(await sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(0);
  });

  it('with collations that a step or an index cannot work with: the statements of preflight are all that is needed', async () => {
    await install20(sql);
    await install21ByTheGuide(sql);
    await sql.unsafe(`
      CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      ALTER TABLE "DashboardStatsCache" ALTER "CacheKey" TYPE varchar(255) COLLATE loose;
      ALTER TABLE "ProjectRegions" ALTER "RegionName" TYPE varchar(100) COLLATE "C";
      ALTER TABLE "SignalRGroups" ALTER "GroupName" TYPE varchar(255) COLLATE "POSIX"`);
    const refused = await found();
    expect(refused.map(({ detail }) => detail.split(':')[0])).toEqual([
      'Its collation is nondeterministic',
      'RegionName, SignalRGroupName and GroupName have different collations',
    ]);
    await expect(migrate(sql, files)).rejects.toThrow(/nondeterministic/);
    for (const { sql: repair = '' } of refused) await sql.unsafe(repair);
    await migrate(sql, files);
    expect((await verify(sql, files)).filter(({ status }) => status === 'failed')).toEqual([]);
  });
});

describe('tables that work, with what does not', () => {
  it('generated columns that are only read are no fault, and others name what fails', async () => {
    await install20(sql);
    await sql.unsafe(`
      ALTER TABLE "Projects" RENAME "Status" TO state;
      ALTER TABLE "Projects" ADD "Status" integer GENERATED ALWAYS AS (state % 5) STORED,
        ADD "CompletionPercentage" numeric(5,2) GENERATED ALWAYS AS (7) STORED,
        ADD "Region" varchar(50) GENERATED ALWAYS AS ('northern') STORED,
        ADD number bigint GENERATED ALWAYS AS IDENTITY`);
    const detail = expect.stringMatching(/classify cannot fill it/);
    expect(await found()).toMatchObject([{ name: 'column Projects.Region', status: 'warning', detail }]);
    await migrate(sql, files);
    expect((await verify(sql, files)).filter(({ status }) => status === 'failed')).toEqual([]);
    await sql`
      INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", state, "StartDate")
      VALUES (gen_random_uuid(), 'p', 'a', 'c', 7, now())`;
    expect(await refresh(engineContext(sql))).toMatchObject({ outcome: 'done' });
    const rows = await sql`
      SELECT "Statistics" #>> '{statusBreakdown,completed}' AS n FROM "DashboardStatsCache" WHERE "CacheKey" = 'region:northern'`;
    expect(rows).toMatchObject([{ n: '1' }]);
  });

  it('a table that inherits gets its trigger by the statements of preflight, and counts then', async () => {
    await install20(sql);
    await sql`CREATE TABLE "Old Projects" (PRIMARY KEY ("ProjectId")) INHERITS ("Projects")`;
    const [fault, ...others] = await found();
    expect(others).toEqual([]);
    expect(fault).toMatchObject({
      detail: expect.stringMatching(/^"Old Projects" inherits from "Projects"/),
    });
    await migrate(sql, files);
    await sql.unsafe(fault?.sql ?? '');
    expect((await verify(sql, files)).filter(({ status }) => status === 'failed')).toEqual([]);
    await refresh(engineContext(sql));
    await sql`
      INSERT INTO "Old Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate")
      VALUES (gen_random_uuid(), 'p', 'a', 'c', 1, now())`;
    expect(await refresh(engineContext(sql))).toMatchObject({ marks: 1 });
    await expectOracleAgrees(sql);
  });

  it('row level security that binds a role is a right that it lacks', async () => {
    await install20(sql);
    await migrate(sql, files);
    await sql`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`;
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA public, dashboard_stats TO ${role}`);
      const rights = (await found(theirs)).find(({ name }) => name === 'rights of the migrating role');
      expect(rights).toMatchObject({
        detail: expect.stringContaining('BYPASSRLS, as row level security of public."Projects"'),
      });
      const bypass = new RegExp(`ALTER ROLE ${role} BYPASSRLS`);
      const asService = async () => {
        const checks = await preflight(sql, files, { now: 0, serviceRole: role });
        return checks
          .flatMap((check) => (check.name === 'rights of the service role' ? [check.sql ?? ''] : []))
          .join();
      };
      expect(await asService()).toMatch(bypass);
      await sql.unsafe(`ALTER ROLE ${role} BYPASSRLS`);
      expect(await asService()).not.toMatch(bypass);
      expect((await found(theirs)).map(({ detail }) => detail).join()).not.toContain('BYPASSRLS');
    });
  });
});

describe('encodings', () => {
  async function inDatabaseOf(encoding: string, use: (theirs: Sql) => Promise<void>) {
    const url = new URL(database.url);
    url.pathname += '_encoded';
    const name = url.pathname.slice(1);
    const [{ chooses }] = await sql<[{ chooses: boolean }]>`
      SELECT current_setting('server_version_num')::integer >= 150000 AS chooses`;
    const provider = chooses ? 'LOCALE_PROVIDER libc' : '';
    await sql.unsafe(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' ${provider} LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const theirs = connect(url.href, { max: 3 });
    try {
      await use(theirs);
    } finally {
      await theirs.end({ timeout: 1 });
      await sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  }

  it.each(['LATIN1', 'EUC_JP'])('of %s say before anything is applied that they hold no Thai', (encoding) =>
    inDatabaseOf(encoding, async (theirs) => {
      const failed = (await found(theirs)).filter(({ status }) => status === 'failed');
      const detail = expect.stringContaining(`${encoding}, which has no Thai`);
      expect(failed).toMatchObject([{ name: 'encoding', detail }]);
      await expect(migrate(theirs, files)).rejects.toThrow(/no Thai letters/);
      expect(await theirs`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(0);
    }),
  );

  it.each(['WIN874', 'SQL_ASCII'])('of %s work, with a warning', (encoding) =>
    inDatabaseOf(encoding, async (theirs) => {
      const context = engineContext(theirs);
      expect(await found(theirs)).toMatchObject([
        { name: 'encoding', status: 'warning' },
        { name: 'application' },
      ]);
      await migrate(theirs, files);
      await putCellsToUse(context);
      await insertProject(theirs, { region: 'northern' });
      await theirs`UPDATE "Projects" SET "Province" = 'น่าน', "WaterAuthority" = 'กปภ.'`;
      expect(await refresh(context)).toMatchObject({ plan: 'fold' });
      expect(await audit(context)).toMatchObject({ projects: [], documents: [] });
    }),
  );
});
