/** Row level security that would make statistics of fewer rows than there are is found before and after the migration. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import type { Check } from '../../src/schema/check.ts';
import { loadMigrations } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { applicationRights } from '../../src/schema/service-rights.ts';
import { verify } from '../../src/schema/verify.ts';
import { eachTestGets, type TestDatabase } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { addRows } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
let database: TestDatabase;
let sql: Sql;
eachTestGets('migrated', (made) => {
  database = made;
  sql = made.sql;
});

/** What preflight and verify say of it; they agree. */
async function found(serviceRole: string): Promise<Check[]> {
  const about = (checks: Check[]) =>
    checks.filter(({ name, status }) => name === 'row level security' && status !== 'ok');
  const before = about(await preflight(sql, files, { serviceRole, now: Date.now() }));
  expect(about(await verify(sql, files))).toEqual(before);
  return before;
}

async function withService(work: (theirs: Sql, role: string) => Promise<void>): Promise<void> {
  await addRows(sql);
  await withRole(database, async (theirs, role) => {
    const grants = applicationRights.map(
      ([right, table, column]) => `GRANT ${right}${column ? ` ("${column}")` : ''} ON "${table}" TO ${role};`,
    );
    await sql.unsafe(`${grants.join('\n')} GRANT USAGE ON SCHEMA dashboard_stats TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA dashboard_stats TO ${role}`);
    await work(theirs, role);
  });
}

const seen = async (theirs: Sql) => (await theirs`SELECT "ProjectId" FROM "Projects"`).length;

describe('row level security', () => {
  it('fails where no policy lets the service see every row, and the statements printed do', async () => {
    await withService(async (theirs, role) => {
      expect(await found(role)).toEqual([]);
      await sql.unsafe(`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE "RealTimeEventsLog" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE dashboard_stats.outbox ENABLE ROW LEVEL SECURITY`);
      expect(await seen(theirs)).toBe(0);
      const [check] = await found(role);
      expect(check).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining(
          `on for dashboard_stats.outbox, public."Projects", public."RealTimeEventsLog" and may hide rows from "${role}"`,
        ),
        sql: expect.stringMatching(/\nCREATE POLICY [^;]* ON public."Projects" TO [^;]* USING \(true\);\n/),
      });
      await sql.unsafe(check?.sql ?? '');
      expect(await found(role)).toEqual([]);
      expect(await seen(theirs)).toBe(3);
      await theirs`UPDATE "Projects" SET "LastActivityAt" = now()`;
      expect((await theirs`UPDATE dashboard_stats.outbox SET logged_at = now()`).count).toBe(1);
    });
  });

  it('fails where a policy lets rows pass by a condition', async () => {
    await withService(async (_, role) => {
      await sql.unsafe(`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON "Projects" USING ("Team" = current_user)`);
      expect(await found(role)).toMatchObject([{ status: 'failed' }]);
      await sql.unsafe('CREATE POLICY everybody ON "Projects" USING (true)');
      expect(await found(role)).toEqual([]);
    });
  });

  it('fails where a restrictive policy binds: only BYPASSRLS helps', async () => {
    await withService(async (theirs, role) => {
      await sql.unsafe(`ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody ON "Projects" USING (true);
        CREATE POLICY never ON "Projects" AS RESTRICTIVE FOR SELECT USING ("Team" = 'none')`);
      const [check] = await found(role);
      expect(check?.sql).not.toContain('CREATE POLICY');
      await sql.unsafe(check?.sql ?? '');
      expect(await found(role)).toEqual([]);
      expect(await seen(theirs)).toBe(3);
    });
  });

  it('binds the owner only where it is forced, and nobody it is not made for', async () => {
    await withService(async (_, role) => {
      await sql.unsafe(
        `ALTER TABLE "Projects" OWNER TO ${role}; ALTER TABLE "Projects" ENABLE ROW LEVEL SECURITY`,
      );
      expect(await found(role)).toEqual([]);
      await sql.unsafe('ALTER TABLE "Projects" FORCE ROW LEVEL SECURITY');
      expect(await found(role)).toMatchObject([{ status: 'failed' }]);
      await sql.unsafe('ALTER TABLE "Projects" DISABLE ROW LEVEL SECURITY, OWNER TO CURRENT_USER');
      expect(await found(role)).toEqual([]);
    });
  });
});
