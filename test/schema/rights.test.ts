/** docs/rights.md: what it grants is enough to migrate and to serve. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAddress } from '../../src/address/address.ts';
import { connect, type Sql } from '../../src/db/connection.ts';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { endSilentSessions } from '../../src/engine/sql/end-silent-sessions.ts';
import { backup } from '../../src/schema/backup.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { rollBack } from '../../src/schema/rollback.ts';
import { applicationRights, checkServiceRole } from '../../src/schema/service-rights.ts';
import { uninstall } from '../../src/schema/uninstall.ts';
import { verify, verifyIn } from '../../src/schema/verify.ts';
import { pendingOf } from '../support/application/hub.ts';
import { until } from '../support/application/projects.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { connectForTest, eachTestGets, type TestDatabase } from '../support/servers/database.ts';
import { folderForTest } from '../support/servers/folder.ts';
import { itWithTools, PATH } from '../support/servers/postgres-tools.ts';
import { EVENTS_TOKEN } from '../support/service/asking.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { NO_CACHE, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';
import { addRows, install20, MANAGER } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const page = await readFile(new URL('../../docs/rights.md', import.meta.url), 'utf8');

/** Gives each test roles of its own, as they belong to the whole server. */
function eachTestGetsRoles(database: TestDatabase) {
  let suffix: string;
  beforeEach(() => {
    suffix = randomBytes(4).toString('hex');
  });
  const name = (text: string) =>
    text.replace(/\b(stats_migrator|stats_service|solar_owner)\b/g, `$1_${suffix}`);
  afterEach(async () => {
    const sql = connect(database.url, { max: 1 });
    await sql`ALTER DATABASE ${sql(new URL(database.url).pathname.slice(1))} OWNER TO CURRENT_USER`;
    for (const role of ['stats_migrator', 'stats_service', 'solar_owner'].map(name)) {
      const [found] = await sql`SELECT rolname FROM pg_roles WHERE rolname = ${role}`;
      if (found) await sql.unsafe(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
    await sql.end();
  });
  const login = (role: string) =>
    Object.assign(new URL(database.url), { username: name(role), password: 'change me' }).href;
  return {
    name,
    login,
    /** Runs what a section of the page shows. */
    async grant(
      section: 'migrator' | 'rollback' | 'service-login' | 'service' | 'classify',
      sql = database.sql,
    ) {
      const block = page.split(`\`\`\`sql ${section}\n`)[1]?.split('```')[0] ?? '';
      const own = new URL(database.url).pathname.slice(1);
      await sql.unsafe(name(block).replace(/DATABASE solar\b/g, `DATABASE ${own}`));
    },
    async ownTheApplication() {
      const owner = name('solar_owner');
      const tables = ['Projects', 'Users', 'Roles'].map(
        (table) => `ALTER TABLE "${table}" OWNER TO ${owner};`,
      );
      await database.sql.unsafe(`CREATE ROLE ${owner}; ${tables.join(' ')}`);
    },
    connect: (role: string) => connectForTest(login(role), { max: 2 }),
  };
}

describe('the role that migrates, with the rights of docs/rights.md', () => {
  const database = eachTestGets('empty');
  const { sql } = database;
  const roles = eachTestGetsRoles(database);
  let theirs: Sql;
  beforeEach(async () => {
    await install20(sql);
    await addRows(sql);
    await roles.ownTheApplication();
    await roles.grant('migrator');
    theirs = roles.connect('stats_migrator');
  });

  it('passes preflight, migrates and verifies, and what it makes belongs to the application', async () => {
    const checks = await preflight(theirs, files, { now: Date.now() });
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(checks.find(({ name }) => name === 'other sessions')?.detail).not.toContain('may not see');
    await migrate(theirs, files);
    expect((await verify(theirs, files)).filter(({ status }) => status !== 'ok')).toEqual([]);
    const owners = await sql`
      SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
      WHERE relnamespace IN ('public'::regnamespace, 'dashboard_stats'::regnamespace) AND relkind IN ('r', 'i')`;
    expect(owners).toEqual([{ owner: roles.name('solar_owner') }]);
  });

  it('hears nothing of the cells, which the service owns, and the service nothing of owning more', async () => {
    await migrate(theirs, files);
    await roles.grant('service-login');
    await roles.grant('service', theirs);
    const service = roles.connect('stats_service');
    await refresh(engineContext(service));
    expect(await buildCells(engineContext(service))).toBe(true);
    const failuresOf = async (role: Sql) => {
      const serviceRole = roles.name('stats_service');
      const checks = await preflight(role, files, { serviceRole, now: Date.now() });
      return checks.filter(({ status }) => status === 'failed');
    };
    expect(await failuresOf(theirs)).toEqual([]);
    const advised = await failuresOf(service);
    expect(advised.map(({ sql }) => sql)).not.toContainEqual(expect.stringContaining('GRANT'));
    expect(advised[0]?.detail).toContain('is the role of the service, and may not migrate');
    const [connected] = await checkServiceRole(theirs, {
      ...{ schema: 'public', role: roles.name('solar_owner'), migrated: true },
    });
    expect(connected?.detail).not.toContain('may not connect');
  });

  itWithTools('goes back to a dump of tables, and a database, that belong to the application', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const admin = connectForTest(database.url, { database: 'postgres' });
    const file = join(await folderForTest(), 'b.dump');
    const places = { file, path: PATH, signal: new AbortController().signal };
    const confirm = async () => true;
    const options = { ...places, address: readAddress(roles.login('stats_migrator')), force: false, confirm };
    const serve = async () => {
      const service = roles.connect('stats_service');
      await refresh(engineContext(service));
      expect(await buildCells(engineContext(service))).toBe(true);
      await expectOracleAgrees(service);
      await service.end();
    };
    try {
      await migrate(theirs, files);
      await roles.grant('service-login');
      // By the role that migrates, as the page says; a notice would tell of a right that it could not give.
      const notices: string[] = [];
      const giver = connectForTest(roles.login('stats_migrator'), { onNotice: (text) => notices.push(text) });
      await roles.grant('service', giver);
      expect(notices).toEqual([]);
      await giver.end();
      await serve();
      await backup(theirs, { ...places, now: new Date() });
      await Promise.all([theirs.end(), sql.end()]);
      await expect(rollBack(options)).rejects.toMatchObject({
        help: expect.stringContaining(`ALTER DATABASE "${name}" OWNER TO`),
      });
      await roles.grant('rollback', admin);
      expect(await rollBack(options)).toMatchObject({ rows: { Roles: 4, Users: 2, Projects: 3 }, lost: [] });
      const owner = roles.connect('stats_migrator');
      await owner`UPDATE "Projects" SET "Budget" = 1`;
      await serve();
      expect(await uninstall(owner)).toMatchObject({ documents: 10 });
    } finally {
      await admin`DROP DATABASE IF EXISTS ${admin(`${name}_before_rollback`)}`;
    }
  });
});

describe('the role of the service, with the rights of docs/rights.md', () => {
  const database = eachTestGets('migrated');
  const { sql } = database;
  const roles = eachTestGetsRoles(database);

  it('serves, refreshes, invalidates, recomputes, runs jobs and stores activities', async () => {
    await addRows(sql);
    await roles.ownTheApplication();
    await sql.unsafe(`ALTER SCHEMA dashboard_stats OWNER TO ${roles.name('solar_owner')}`);
    await roles.grant('service-login');
    await roles.grant('service');
    await roles.grant('classify');
    const login = () => roles.login('stats_service');
    const service = await runForTest({}, undefined, { beside: database, login });
    const { get, post, warnings } = service;
    const serviceRole = roles.name('stats_service');
    expect(await preflight(sql, files, { serviceRole, now: Date.now() })).toContainEqual(
      expect.objectContaining({ name: 'rights of the service role', status: 'ok' }),
    );
    expect(await totalOf(service, NO_CACHE)).toBe(3);
    await sql`DELETE FROM "Projects" WHERE "ProjectName" = 'โรงสูบน้ำ'`;
    expect(await totalOf(service, NO_CACHE)).toBe(2);
    expect((await post('/stats/invalidate', { all: true })).status).toBe(200);
    expect((await post('/stats/recompute', { full: true })).status).toBe(200);
    const activity = {
      ...{
        projectId: '00000000-0000-4000-8000-000000000001',
        entityId: '00000000-0000-4000-8000-000000000001',
      },
      ...{ activityType: 'created', entityType: 'project', title: 'x', description: 'x' },
      performedByUserId: MANAGER,
    };
    const stored = await post('/events/activity', activity, EVENTS_TOKEN);
    expect([stored.status, await stored.json()]).toMatchObject([202, { accepted: 1 }]);
    const { jobs } = await (await get('/jobs')).json();
    for (const job of jobs) expect((await post(`/jobs/${job.name}/run`, {})).status).toBe(200);
    const failed = sql`SELECT outcome, detail FROM dashboard_stats.job_runs WHERE outcome <> 'succeeded'`;
    expect(await failed).toEqual([]);
    expect(jobs.length).toBeGreaterThan(0);
    expect((await get('/readyz')).status).toBe(200);
    await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('south', 'S')`;
    await until(async () => (await pendingOf(sql, 'region_south')).length === 1);
    // The owner of the schema dumps the database, with the tables that the service has made.
    const cells = () => sql`
      SELECT has_table_privilege(pg_get_userbyid(nspowner), pg_class.oid, 'SELECT') AS readable
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = 'dashboard_stats' AND relkind = 'r' AND relname ~ '_\\d+$'`;
    await until(async () => (await cells()).length > 0);
    expect((await cells()).every(({ readable }) => readable)).toBe(true);
    expect(warnings).toEqual([]);
    // Its roles go before it would end by itself.
    await service.close();
  });

  it('fails where row level security hides projects from it, instead of counting fewer', async () => {
    await addRows(sql);
    await sql`CREATE ROLE ${sql(roles.name('solar_owner'))}`;
    await roles.grant('service-login');
    await roles.grant('service');
    await sql`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY`;
    const theirs = roles.connect('stats_service');
    expect(await theirs`SELECT "ProjectId" FROM "Projects"`).toHaveLength(0);
    await expect(refresh(engineContext(theirs))).rejects.toThrow(
      /row-level security policy for table "Projects"/,
    );
    await sql`ALTER ROLE ${sql(roles.name('stats_service'))} BYPASSRLS`;
    expect((await refresh(engineContext(theirs))).items[0]).toMatchObject({ changed: true });
  });

  it('goes on where it may not end sessions', async () => {
    await sql`CREATE ROLE ${sql(roles.name('solar_owner'))}`;
    await roles.grant('service-login');
    await roles.grant('service');
    await sql`REVOKE EXECUTE ON FUNCTION pg_terminate_backend FROM PUBLIC`;
    const theirs = roles.connect('stats_service');
    expect(await endSilentSessions(theirs, pino({ level: 'silent' }))).toBe(0);
    expect((await refresh(engineContext(theirs))).outcome).toBe('done');
  });

  it('reads in preflight what it lacks, by statements that give exactly that', async () => {
    const ownTables = await sql`
      SELECT FROM pg_class WHERE relnamespace = 'dashboard_stats'::regnamespace AND relkind = 'r'`;
    const serviceRole = roles.name('stats_service');
    const check = async () => {
      const checks = await preflight(sql, files, { serviceRole, now: Date.now() });
      return checks.filter((check) => check.name === 'rights of the service role');
    };
    const says = (status: string, detail: string) => [{ status, detail: expect.stringContaining(detail) }];
    expect(await check()).toMatchObject(says('failed', 'is no role here'));
    await sql.unsafe(`CREATE ROLE ${serviceRole}`);
    const [login, lacking] = await check();
    expect([login]).toMatchObject(says('failed', 'may not connect'));
    const statements = 1 + Object.keys(applicationRights).length + ownTables.length;
    expect(lacking?.sql?.split('\n')).toHaveLength(statements);
    await sql.unsafe(`${login?.sql} ${lacking?.sql}`);
    expect(await check()).toMatchObject([{ status: 'ok' }]);
    await sql.begin(async (tx) => {
      await tx`SET LOCAL ROLE ${tx(serviceRole)}`;
      expect((await verifyIn(tx, files)).filter(({ status }) => status !== 'ok')).toEqual([]);
    });
    await sql.unsafe(`REVOKE INSERT ON dashboard_stats.documents FROM ${serviceRole}`);
    expect(await check()).toMatchObject([
      { status: 'failed', sql: expect.stringContaining('ON dashboard_stats.documents TO') },
    ]);
    await sql.unsafe(`GRANT INSERT ON dashboard_stats.documents TO ${serviceRole};
      REVOKE UPDATE ("LastActivityAt") ON "Projects" FROM ${serviceRole}`);
    const grant = `GRANT SELECT, UPDATE ("LastActivityAt") ON public."Projects" TO ${serviceRole};`;
    expect(await check()).toMatchObject([{ status: 'failed', sql: grant }]);
    await sql.unsafe(`ALTER ROLE ${serviceRole} SUPERUSER`);
    expect(await check()).toMatchObject(says('warning', 'superuser'));
  });
});
