/** Which marks the triggers leave, and with whose rights they run. */
import { beforeEach, expect, test } from 'vitest';
import { eachTestGets } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';
const EVENT = `INSERT INTO "ProjectActivityFeed"
  ("ProjectId", "ActivityType", "EntityType", "EntityId", "Title", "Description") VALUES`;

const db = eachTestGets('migrated');
const { sql } = db;
beforeEach(async () => {
  // The keys of a real project are not what this is about.
  await sql.unsafe(`ALTER TABLE "ProjectActivityFeed" ALTER "ProjectId" DROP NOT NULL,
    DROP CONSTRAINT "FK_ProjectActivityFeed_Projects_ProjectId"`);
  await sql.unsafe(`${EVENT} ('${A}', 'x', 'x', '${A}', 'x', 'x'), (NULL, 'none', 'x', '${A}', 'x', 'x')`);
  await sql`DELETE FROM dashboard_stats.marks`;
});

async function marks(): Promise<(string | null)[]> {
  const rows = await sql<
    { id: string | null }[]
  >`SELECT project_id AS id FROM dashboard_stats.marks ORDER BY 1`;
  return rows.map(({ id }) => id);
}

const OF_A = `"ProjectId" = '${A}'`;
const OF_NONE = '"ProjectId" IS NULL';
test.each([
  ['that comes marks its project', `${EVENT} ('${B}', 'x', 'x', '${B}', 'x', 'x')`, [B]],
  ['that changes marks it', `UPDATE "ProjectActivityFeed" SET "Title" = 'y' WHERE ${OF_A}`, [A]],
  ['that moves marks both', `UPDATE "ProjectActivityFeed" SET "ProjectId" = '${B}' WHERE ${OF_A}`, [A, B]],
  ['that goes marks it', `DELETE FROM "ProjectActivityFeed" WHERE ${OF_A}`, [A]],
  [
    'that leaves its project marks it',
    `UPDATE "ProjectActivityFeed" SET "ProjectId" = NULL WHERE ${OF_A}`,
    [A],
  ],
  ['that finds one marks it', `UPDATE "ProjectActivityFeed" SET "ProjectId" = '${B}' WHERE ${OF_NONE}`, [B]],
  ['of no project marks none', `UPDATE "ProjectActivityFeed" SET "Title" = 'y' WHERE ${OF_NONE}`, []],
])('a row %s', async (_, change, expected) => {
  await sql.unsafe(change);
  expect(await marks()).toEqual(expected);
});

test('a role that writes runs nothing of its own with the rights of the owner', async () => {
  await withRole(db, async (theirs, role) => {
    await sql.unsafe(`
      CREATE SCHEMA own;
      CREATE FUNCTION own.same(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'run as %', current_user; END $$;
      CREATE OPERATOR own.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = own.same);
      GRANT USAGE ON SCHEMA own TO ${role};
      GRANT SELECT, UPDATE ON "ProjectActivityFeed" TO ${role}`);
    await theirs.unsafe('SET search_path = own, pg_catalog, public');
    await theirs.unsafe(`UPDATE "ProjectActivityFeed" SET "Title" = 'y'`);
    expect(await marks()).toEqual([A]);
  });
});

test('a role cannot use our functions in triggers of a table of its own', async () => {
  await withRole(db, async (theirs, role) => {
    await sql.unsafe(
      `CREATE SCHEMA own AUTHORIZATION ${role}; GRANT USAGE ON SCHEMA dashboard_stats TO ${role}`,
    );
    await theirs.unsafe('CREATE TABLE own.table ("ProjectId" uuid)');
    for (const name of ['mark_project', 'mark_everything']) {
      const attempt = theirs.unsafe(
        `CREATE TRIGGER t AFTER INSERT ON own.table FOR EACH ROW EXECUTE FUNCTION dashboard_stats.${name}()`,
      );
      await expect(attempt).rejects.toThrow(`permission denied for function dashboard_stats.${name}`);
    }
    await sql.unsafe('DROP SCHEMA own CASCADE');
  });
});
