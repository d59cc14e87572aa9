/** docs/rights.md: what it grants is enough to migrate and to serve. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { backup } from '../../src/schema/backup.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { rollBack } from '../../src/schema/rollback.ts';
import { applicationRights } from '../../src/schema/service-rights.ts';
import { uninstall } from '../../src/schema/uninstall.ts';
import { verify, verifyIn } from '../../src/schema/verify.ts';
import { pendingOf } from '../support/application/hub.ts';
import { until } from '../support/application/projects.ts';
import { expectOracleAgrees, TIME_ZONE } from '../support/oracle/exact.ts';
import { createDatabase } from '../support/servers/database.ts';
import { itWithTools, PATH } from '../support/servers/postgres-tools.ts';
import { EVENTS_TOKEN } from '../support/service/asking.ts';
import { runService } from '../support/service/running-service.ts';
import { addRows, install20, MANAGER } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const page = await readFile(new URL('../../docs/rights.md', import.meta.url), 'utf8');

const engine = (sql: Sql) => ({ sql, timeZone: TIME_ZONE, ttlSeconds: 300, engine: 'incremental' }) as const;

/** Roles belong to the whole server, so each test has its own. */
function roles() {
  const suffix = randomBytes(4).toString('hex');
  const rename = (text: string) =>
    text.replace(/\b(stats_migrator|stats_service|solar_owner)\b/g, `$1_${suffix}`);
  return {
    name: rename,
    async grant(sql: Sql, section: 'migrator' | 'rollback' | 'service' | 'classify', database?: string) {
      const [{ name }] = await sql<
        [{ name: string }]
      >`SELECT coalesce(${database ?? null}, current_database()) AS name`;
      const block = page.split(`\`\`\`sql ${section}\n`)[1]?.split('```')[0] ?? '';
      await sql.unsafe(rename(block).replace(/DATABASE solar\b/g, `DATABASE ${name}`));
    },
    login(role: string, url: string) {
      const login = new URL(url);
      login.username = rename(role);
      login.password = 'change me';
      return login.href;
    },
    async drop(sql: Sql) {
      for (const role of ['stats_migrator', 'stats_service', 'solar_owner'].map(rename)) {
        const [found] = await sql`SELECT rolname FROM pg_roles WHERE rolname = ${role}`;
        if (found) await sql.unsafe(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
      }
    },
  };
}

async function ownedByTheApplication(sql: Sql, owner: string): Promise<void> {
  await sql.unsafe(`CREATE ROLE ${owner};
    ALTER TABLE "Projects" OWNER TO ${owner}; ALTER TABLE "Users" OWNER TO ${owner}; ALTER TABLE "Roles" OWNER TO ${owner}`);
}

describe('the role that migrates, with the rights of docs/rights.md', () => {
  it('passes preflight, migrates and verifies, and what it makes belongs to the application', async () => {
    const { url, sql, drop } = await createDatabase({ template: 'empty' });
    const { name, grant, login, drop: dropRoles } = roles();
    const theirs = connect(login('stats_migrator', url), { max: 2 });
    try {
      await install20(sql);
      await addRows(sql);
      await ownedByTheApplication(sql, name('solar_owner'));
      await grant(sql, 'migrator');
      const checks = await preflight(theirs, files, { now: Date.now() });
      expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(checks.find(({ name }) => name === 'other sessions')?.detail).not.toContain('may not see');
      await migrate(theirs, files);
      expect((await verify(theirs, files)).filter(({ status }) => status !== 'ok')).toEqual([]);
      const owners = await sql`
        SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
        WHERE relnamespace IN ('public'::regnamespace, 'dashboard_stats'::regnamespace) AND relkind IN ('r', 'i')`;
      expect(owners).toEqual([{ owner: name('solar_owner') }]);
    } finally {
      await theirs.end();
      await dropRoles(sql);
      await drop();
    }
  });
});

describe('the role that migrates, with the rights for a rollback', () => {
  itWithTools('goes back to a dump of tables, and a database, that belong to the application', async () => {
    const { url, sql, drop } = await createDatabase({ template: 'empty' });
    const { name, grant, login, drop: dropRoles } = roles();
    const theirs = connect(login('stats_migrator', url), { max: 2 });
    const admin = connect(url, { database: 'postgres', max: 1 });
    const database = new URL(url).pathname.slice(1);
    const folder = await mkdtemp(join(tmpdir(), 'rollback-'));
    const places = { file: join(folder, 'b.dump'), path: PATH, signal: new AbortController().signal };
    const confirm = async () => true;
    const options = { ...places, url: login('stats_migrator', url), force: false, confirm };
    try {
      await install20(sql);
      await addRows(sql);
      await ownedByTheApplication(sql, name('solar_owner'));
      await grant(sql, 'migrator');
      await migrate(theirs, files);
      await grant(sql, 'service');
      const service = connect(login('stats_service', url), { max: 2 });
      await refresh(engine(service));
      expect(await buildCells(engine(service))).toBe(true);
      await service.end();
      await backup(theirs, { ...places, now: new Date() });
      await theirs.end();
      await sql.end();
      await expect(rollBack(options)).rejects.toMatchObject({
        help: expect.stringContaining(`ALTER DATABASE "${database}" OWNER TO`),
      });
      await grant(admin, 'rollback', database);
      expect(await rollBack(options)).toMatchObject({ rows: { Roles: 4, Users: 2, Projects: 3 }, lost: [] });
      const owner = connect(login('stats_migrator', url), { max: 1 });
      const restored = connect(login('stats_service', url), { max: 2 });
      await owner`UPDATE "Projects" SET "Budget" = 1`;
      await refresh(engine(restored));
      expect(await buildCells(engine(restored))).toBe(true);
      await expectOracleAgrees(restored);
      await restored.end();
      expect(await uninstall(owner)).toMatchObject({ documents: 10 });
      await owner.end();
    } finally {
      await admin`DROP DATABASE IF EXISTS ${admin(`${database}_before_rollback`)}`;
      const again = connect(url, { max: 1 });
      await again`ALTER DATABASE ${again(database)} OWNER TO CURRENT_USER`;
      await dropRoles(again);
      await again.end();
      await Promise.all([theirs.end(), admin.end(), rm(folder, { recursive: true })]);
      await drop();
    }
  });
});

describe('the role of the service, with the rights of docs/rights.md', () => {
  it('serves, refreshes, invalidates, recomputes, runs jobs and stores activities', async () => {
    const { name, grant, login, drop } = roles();
    let superuser: Sql | undefined;
    const prepare = async (sql: Sql) => {
      superuser = sql;
      await addRows(sql);
      await ownedByTheApplication(sql, name('solar_owner'));
      await sql.unsafe(`ALTER SCHEMA dashboard_stats OWNER TO ${name('solar_owner')}`);
      await grant(sql, 'service');
      await grant(sql, 'classify');
    };
    const running = await runService({}, prepare, {
      login: (url) => login('stats_service', url),
    });
    const { sql, get, post, warnings, close } = running;
    try {
      const serviceRole = name('stats_service');
      expect(await preflight(sql, files, { serviceRole, now: Date.now() })).toContainEqual(
        expect.objectContaining({ name: 'rights of the service role', status: 'ok' }),
      );
      const total = async () =>
        (await (await get('/stats/global', { 'Cache-Control': 'no-cache' })).json()).statistics.totalProjects;
      expect(await total()).toBe(3);
      await sql`DELETE FROM "Projects" WHERE "ProjectName" = 'โรงสูบน้ำ'`;
      expect(await total()).toBe(2);
      expect((await post('/stats/invalidate', { all: true })).status).toBe(200);
      expect((await post('/stats/recompute', { full: true })).status).toBe(200);
      const activity = {
        projectId: '00000000-0000-4000-8000-000000000001',
        activityType: 'created',
        entityType: 'project',
        entityId: '00000000-0000-4000-8000-000000000001',
        title: 'x',
        description: 'x',
        performedByUserId: MANAGER,
      };
      const stored = await post('/events/activity', activity, EVENTS_TOKEN);
      expect([stored.status, await stored.json()]).toMatchObject([202, { accepted: 1 }]);
      const { jobs } = await (await get('/jobs')).json();
      for (const job of jobs) expect((await post(`/jobs/${job.name}/run`, {})).status).toBe(200);
      const runs =
        await sql`SELECT DISTINCT outcome, detail FROM dashboard_stats.job_runs WHERE outcome <> 'succeeded'`;
      expect(runs).toEqual([]);
      expect(jobs.length).toBeGreaterThan(0);
      expect((await get('/readyz')).status).toBe(200);
      await superuser?.unsafe(
        `INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('south', 'S')`,
      );
      await until(async () => (await pendingOf(sql, 'region_south')).length === 1);
      // The owner of the schema dumps the database, with the tables that the service has made.
      const cells = () =>
        sql`
          SELECT has_table_privilege(pg_get_userbyid(nspowner), pg_class.oid, 'SELECT') AS readable
          FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
          WHERE nspname = 'dashboard_stats' AND relkind = 'r' AND relname ~ '_\\d+$'`;
      await until(async () => (await cells()).length > 0);
      expect((await cells()).every(({ readable }) => readable)).toBe(true);
      expect(warnings).toEqual([]);
    } finally {
      if (superuser) await drop(superuser);
      await close();
    }
  });

  it('fails where row level security hides projects from it, instead of counting fewer', async () => {
    const { url, sql, drop } = await createDatabase();
    const { name, grant, login, drop: dropRoles } = roles();
    const theirs = connect(login('stats_service', url), { max: 1 });
    try {
      await addRows(sql);
      await sql`CREATE ROLE ${sql(name('solar_owner'))}`;
      await grant(sql, 'service');
      await sql`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY`;
      expect(await theirs`SELECT "ProjectId" FROM "Projects"`).toHaveLength(0);
      await expect(refresh(engine(theirs))).rejects.toThrow(/row-level security policy for table "Projects"/);
      await sql`ALTER ROLE ${sql(name('stats_service'))} BYPASSRLS`;
      expect((await refresh(engine(theirs))).items[0]).toMatchObject({ changed: true });
    } finally {
      await theirs.end();
      await dropRoles(sql);
      await drop();
    }
  });

  it('reads in preflight what it lacks, by statements that give exactly that', async () => {
    const { sql, drop } = await createDatabase();
    const ownTables = await sql`
      SELECT FROM pg_class WHERE relnamespace = 'dashboard_stats'::regnamespace AND relkind = 'r'`;
    const { name, drop: dropRoles } = roles();
    const serviceRole = name('stats_service');
    const check = async () => {
      const checks = await preflight(sql, files, { serviceRole, now: Date.now() });
      return checks.filter((check) => check.name === 'rights of the service role');
    };
    try {
      expect(await check()).toMatchObject([
        { status: 'failed', detail: expect.stringContaining('is no role here') },
      ]);
      await sql.unsafe(`CREATE ROLE ${serviceRole}`);
      const [login, lacking] = await check();
      expect(login).toMatchObject({ status: 'failed', detail: expect.stringContaining('may not connect') });
      expect(lacking?.sql?.split('\n')).toHaveLength(
        1 + Object.keys(applicationRights).length + ownTables.length,
      );
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
      await sql.unsafe(`GRANT INSERT ON dashboard_stats.documents TO ${serviceRole}`);
      await sql.unsafe(`REVOKE UPDATE ("LastActivityAt") ON "Projects" FROM ${serviceRole}`);
      expect(await check()).toMatchObject([
        {
          status: 'failed',
          sql: `GRANT SELECT, UPDATE ("LastActivityAt") ON public."Projects" TO ${serviceRole};`,
        },
      ]);
      await sql.unsafe(`ALTER ROLE ${serviceRole} SUPERUSER`);
      expect(await check()).toMatchObject([
        { status: 'warning', detail: expect.stringContaining('superuser') },
      ]);
    } finally {
      await dropRoles(sql);
      await drop();
    }
  });
});
