/** Whether what the application did in schema 2.0 still works, whatever rules of its own it has. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../../src/db/connection.ts';
import { checkOriginalFunctionality } from '../../../src/schema/dump/original-functionality.ts';
import { loadMigrations, migrate } from '../../../src/schema/migrator.ts';
import type { TestDatabase } from '../../support/servers/database.ts';
import { withRole } from '../../support/servers/role.ts';
import { fingerprint } from '../../support/sql/catalog.ts';
import { eachTestGets20 } from '../../support/sql/fixtures.ts';

let database: TestDatabase;
let sql: Sql;

eachTestGets20((made) => {
  database = made;
  sql = made.sql;
});

const writing = async (db = sql) => (await checkOriginalFunctionality(db)).at(-1);

describe('the original functionality', () => {
  it('is that tables can be read and a project written; nothing stays of the trial', async () => {
    const before = await fingerprint(sql);
    expect(await checkOriginalFunctionality(sql)).toEqual([
      { name: '"Roles" can be read', status: 'ok', detail: '4 rows.' },
      { name: '"Users" can be read', status: 'ok', detail: '2 rows.' },
      { name: '"Projects" can be read', status: 'ok', detail: '3 rows.' },
      { name: 'a project can be added, changed and deleted', status: 'ok', detail: 'Rolled back.' },
    ]);
    expect(await fingerprint(sql)).toEqual(before);
  });

  it('is there where projects from before are against a rule for new ones', async () => {
    await migrate(sql, await loadMigrations());
    await sql.unsafe(`
      ALTER TABLE "Projects" DROP CONSTRAINT "Projects_CompletionPercentage_check";
      UPDATE "Projects" SET "CompletionPercentage" = 130;
      ALTER TABLE "Projects" ADD CHECK ("CompletionPercentage" BETWEEN 0 AND 100) NOT VALID`);
    expect(await writing()).toMatchObject({ status: 'ok', detail: 'Rolled back.' });
  });

  it.each([
    ['a key', 'CREATE UNIQUE INDEX ON "Projects" ("ProjectName")'],
    [
      'a check of new rows',
      'ALTER TABLE "Projects" ADD CONSTRAINT never CHECK ("Team" IS NOT NULL) NOT VALID',
    ],
    [
      'a trigger',
      `CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
       CREATE TRIGGER never BEFORE INSERT OR UPDATE ON "Projects" FOR EACH ROW EXECUTE FUNCTION never()`,
    ],
  ])("is there where %s of the application's own is against the copy of a project", async (_, rule) => {
    await sql.unsafe(rule);
    expect(await writing()).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(
        /^Not to the end: a rule of the application's own is against the trial \(.*\)\.$/,
      ),
    });
  });

  it('is not there where the table cannot be written', async () => {
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
      expect(await writing(theirs)).toMatchObject({
        status: 'failed',
        detail: expect.stringContaining('permission denied'),
      });
    });
  });

  it('is not tried out where there is no project', async () => {
    await sql`DELETE FROM "Projects"`;
    expect(await writing()).toMatchObject({ status: 'ok', detail: 'Not tried: there is no project.' });
  });
});
