/** What the migration does to databases that hold something already: it adds what is missing and leaves the rest. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { createDatabase, eachTestGets } from '../support/servers/database.ts';
import { describeSchema, readRows } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const { sql } = eachTestGets('empty');

/** The 29 columns of 2.0, as they are now. */
const projectsOf20 = (rows: Record<string, string[]>, columns: string[]) =>
  (rows['Projects'] ?? []).map((row) => {
    const project = JSON.parse(row);
    return Object.fromEntries(columns.map((column) => [column, project[column]]));
  });

async function columnsOf(table: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT column_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = ${table}`;
  return rows.map((row) => row.name);
}

async function constraintsOf(table: string): Promise<string[]> {
  return (await describeSchema(sql)).filter((line) => line.startsWith(`constraint ${table} `));
}

describe('a 2.0 database with rows', () => {
  it('keeps every value, except that null inverter counts become 0', async () => {
    await install20(sql);
    await addRows(sql);
    const columns = await columnsOf('Projects');
    const before = await readRows(sql);

    await migrate(sql, files);

    const after = await readRows(sql);
    const wanted = projectsOf20(before, columns).map((project) => ({
      ...project,
      Inverter125kw: project['Inverter125kw'] ?? 0,
      Inverter80kw: project['Inverter80kw'] ?? 0,
      Inverter60kw: project['Inverter60kw'] ?? 0,
      Inverter40kw: project['Inverter40kw'] ?? 0,
    }));
    expect(wanted).toHaveLength(3);
    expect(projectsOf20(after, columns)).toEqual(wanted);
    expect(after['Users']).toEqual(before['Users']);
    expect(after['Roles']).toEqual(before['Roles']);
  });

  it('keeps a project whose creator is gone, and guards the rows that are written from now on', async () => {
    await install20(sql);
    await addRows(sql);
    await sql`UPDATE "Projects" SET "CreatedById" = gen_random_uuid() WHERE "ProjectName" = 'โรงสูบน้ำ'`;
    await migrate(sql, files);
    expect(await constraintsOf('Projects')).toContainEqual(
      expect.stringMatching(/FK_Projects_Users_CreatedById .* ON DELETE SET NULL NOT VALID$/),
    );
    await expect(sql`UPDATE "Projects" SET "CreatedById" = gen_random_uuid()`).rejects.toMatchObject({
      code: '23503',
    });
  });

  it('leaves its own tables without the keys and indexes that it did without', async () => {
    await install20(sql);
    await sql`DROP INDEX "IX_Projects_StartDate"`;
    await sql`ALTER TABLE "Users" DROP CONSTRAINT "FK_Users_Roles_RoleId"`;
    await migrate(sql, files);
    const lines = (await describeSchema(sql)).join('\n');
    expect(lines).not.toContain('IX_Projects_StartDate');
    expect(lines).not.toContain('FK_Users_Roles_RoleId');
  });
});

describe('an EF Core database', () => {
  beforeEach(async () => {
    await install20(sql);
    await sql`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text
      USING (ARRAY['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'])["Status" + 1]`;
    await addRows(sql, (value) => `'${['Planning', 'InProgress', 'Completed'][value]}'`);
  });

  it('keeps the text Status and the columns and indexes that it has, and gets the rest', async () => {
    await sql.unsafe(`
      ALTER TABLE "Projects" ADD COLUMN "Region" text, ADD COLUMN "CompletionPercentage" numeric NOT NULL DEFAULT 7;
      UPDATE "Projects" SET "Region" = 'northern', "CompletionPercentage" = 40;
      CREATE INDEX "IX_Projects_Region" ON "Projects" ("Region")`);
    await migrate(sql, files, { to: 8 });

    expect(await sql`SELECT DISTINCT "Region", "CompletionPercentage"::text AS done FROM "Projects"`).toEqual(
      [{ Region: 'northern', done: '40' }],
    );
    expect(await sql`SELECT "Status" FROM "Projects" ORDER BY "ProjectId"`).toEqual([
      { Status: 'Planning' },
      { Status: 'InProgress' },
      { Status: 'Completed' },
    ]);
    const lines = await describeSchema(sql);
    expect(lines).toContain('column Projects.Region text');
    expect(lines).toContain('column Projects.CompletionPercentage numeric not null default 7');
    expect(lines.filter((line) => line.startsWith('index CREATE INDEX "IX_'))).toHaveLength(25);
  });

  it('gets the check on a CompletionPercentage that was there without it, once', async () => {
    await sql`ALTER TABLE "Projects" ADD COLUMN "CompletionPercentage" numeric(5,2) NOT NULL DEFAULT 0`;
    await migrate(sql, files);
    const checks = (await constraintsOf('Projects')).filter((line) => line.includes('CHECK'));
    expect(checks).toHaveLength(1);
    expect(checks[0]).not.toContain('NOT VALID');
    await expect(sql`UPDATE "Projects" SET "CompletionPercentage" = 101`).rejects.toMatchObject({
      code: '23514',
    });
  });

  it('keeps a CompletionPercentage of 130 or NaN, and still gets the check for new values', async () => {
    await sql`ALTER TABLE "Projects" ADD COLUMN "CompletionPercentage" numeric(5,2)`;
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 'NaN' WHERE "Status" = 'Planning'`;
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 130 WHERE "Status" = 'InProgress'`;
    await migrate(sql, files);
    expect(
      await sql`SELECT "CompletionPercentage"::text AS done FROM "Projects" ORDER BY "ProjectId"`,
    ).toEqual([{ done: 'NaN' }, { done: '130.00' }, { done: null }]);
    expect(await constraintsOf('Projects')).toContainEqual(expect.stringMatching(/CHECK .* NOT VALID$/));
  });

  it('gets the defaults and keys that its own tables lack', async () => {
    const fresh = await createDatabase();
    await install21ByTheGuide(sql);
    await sql.unsafe(`
      DO $$
      DECLARE found record;
      BEGIN
        FOR found IN
          SELECT attrelid::regclass AS tab, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND atthasdef AND attnum > 0
            AND relname NOT IN ('Roles', 'Users') AND (relname, attname) <> ('Projects', 'CreatedAt')
        LOOP
          EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', found.tab, found.attname);
        END LOOP;
        FOR found IN
          SELECT conrelid::regclass AS tab, conname FROM pg_constraint
          WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conname <> 'FK_Users_Roles_RoleId'
        LOOP
          EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.tab, found.conname);
        END LOOP;
      END $$`);
    await migrate(sql, files);
    const wanted = (await describeSchema(fresh.sql)).map((line) =>
      line === 'column Projects.Status integer not null' ? 'column Projects.Status text not null' : line,
    );
    await fresh.drop();
    expect(await describeSchema(sql)).toEqual(wanted);
  });

  it('gets the delete rules of the guide, whatever its keys are called', async () => {
    await sql.unsafe(`
      ALTER TABLE "Projects" RENAME CONSTRAINT "FK_Projects_Users_ProjectManagerId" TO "FK_Manager";
      ALTER TABLE "Projects" ADD CONSTRAINT "FK_Creator" FOREIGN KEY ("CreatedById")
        REFERENCES "Users" ON DELETE SET NULL`);
    await migrate(sql, files);
    const keys = (await constraintsOf('Projects')).filter((line) => line.includes('FOREIGN KEY'));
    expect(keys).toEqual([
      'constraint Projects FK_Creator FOREIGN KEY ("CreatedById") REFERENCES "Users"("UserId") ON DELETE SET NULL',
      'constraint Projects FK_Projects_Users_ProjectManagerId FOREIGN KEY ("ProjectManagerId") ' +
        'REFERENCES "Users"("UserId") ON DELETE SET NULL',
    ]);
  });

  it('is migrated although a deferred trigger of its own fires on projects', async () => {
    await sql.unsafe(`
      CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON "Projects" DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION noop()`);
    await expect(migrate(sql, files)).resolves.toHaveLength(files.length);
  });
});

describe('a 2.1 database made by the guide', () => {
  beforeEach(async () => {
    await install20(sql);
    await addRows(sql);
    await install21ByTheGuide(sql);
  });

  it('passes through with every row as it was', async () => {
    const before = await readRows(sql);
    await migrate(sql, files);
    const after = await readRows(sql);
    const groups = after['SignalRGroups'] ?? [];
    expect({
      ...after,
      SignalRGroups: groups.filter((row) => before['SignalRGroups']?.includes(row)),
    }).toEqual(before);
    // The guide forgot these.
    const added = groups
      .filter((row) => !before['SignalRGroups']?.includes(row))
      .map((row) => JSON.parse(row));
    expect(added.map((row) => [row.GroupName, row.GroupType, row.EntityId.slice(0, 8)]).sort()).toEqual([
      ['facility_distribution', 'facility', 'dddddddd'],
      ['facility_pumping_station', 'facility', 'bbbbbbbb'],
      ['facility_reservoir', 'facility', 'cccccccc'],
      ['region_unknown', 'region', '44444444'],
    ]);
  });

  it('passes through with its objects as they were, but for the nullable manager', async () => {
    const before = await describeSchema(sql);
    await migrate(sql, files, { to: 8 });
    const after = await describeSchema(sql);
    expect(before.filter((line) => !after.includes(line))).toEqual([
      'column Projects.ProjectManagerId uuid not null',
    ]);
    expect(after.filter((line) => !before.includes(line))).toEqual(['column Projects.ProjectManagerId uuid']);
  });

  it('keeps of several documents of one key the one with the highest Version, and those of other types', async () => {
    const add = (key: string, type: string, version: number) => sql`
      INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "Version", "ExpiresAt")
      VALUES (${key}, ${type}, ${version}, now())`;
    await add('global', 'global', 3);
    await add('global', 'global', 9);
    await add('global', 'global', 4);
    await add('region:northern', 'regional', 1);
    await add('project:1', 'project', 1);
    await add('project:1', 'project', 2);
    await add('user:1', 'user', 50);
    await add('user:1', 'user', 50);
    await migrate(sql, files);

    expect(
      await sql`SELECT "CacheKey" AS key, "Version" AS v FROM "DashboardStatsCache" ORDER BY 1, 2`,
    ).toEqual([
      { key: 'global', v: 9 },
      { key: 'project:1', v: 1 },
      { key: 'project:1', v: 2 },
      { key: 'region:northern', v: 1 },
      { key: 'user:1', v: 50 },
      { key: 'user:1', v: 50 },
    ]);
    expect(await sql`SELECT revision FROM dashboard_stats.state`).toEqual([{ revision: 9 }]);
  });
});

describe('regions that somebody added', () => {
  beforeEach(async () => {
    await install20(sql);
    await migrate(sql, files, { to: 7 });
  });
  const provinces = () => sql<{ name: string; provinces: string[] }[]>`
    SELECT "RegionName" AS name, "Provinces" AS provinces FROM "ProjectRegions" ORDER BY 1`;
  const add = (name: string, list: string[] | string, id?: string) => sql`
    INSERT INTO "ProjectRegions" ("RegionId", "RegionName", "RegionDisplayName", "Provinces")
    VALUES (coalesce(${id ?? null}::uuid, gen_random_uuid()), ${name}, 'x', ${sql.json(list)})`;

  it('stay, and keep a province that the guide puts into another region, unless they hold no list of names', async () => {
    await add('Lampang and around', ['ลำปาง', 'ลำพูน']);
    await add('odd', 'ตาก');
    await add('odder', [null, 1] as unknown as string[]);
    await migrate(sql, files);
    expect(await provinces()).toEqual([
      { name: 'Lampang and around', provinces: ['ลำปาง', 'ลำพูน'] },
      { name: 'central', provinces: ['กรุงเทพมหานคร', 'พิจิตร', 'พิษณุโลก', 'สุโขทัย', 'อุตรดิตถ์'] },
      { name: 'northern', provinces: ['เชียงใหม่', 'เชียงราย', 'พะเยา', 'แพร่', 'น่าน'] },
      { name: 'odd', provinces: 'ตาก' },
      { name: 'odder', provinces: [null, 1] },
      { name: 'unknown', provinces: [] },
      { name: 'western', provinces: ['ตาก'] },
    ]);
  });

  it('are not doubled by a seed row of the same name in another case, or of the same id', async () => {
    await add('Northern', ['เชียงใหม่']);
    await add('westward', [], '22222222-2222-2222-2222-222222222222');
    await migrate(sql, files);
    expect((await provinces()).map((row) => row.name)).toEqual([
      'Northern',
      'central',
      'unknown',
      'westward',
    ]);
    expect((await provinces())[0]).toEqual({ name: 'Northern', provinces: ['เชียงใหม่'] });
  });

  it('do not hide facility types and groups that are missing', async () => {
    await sql`
      INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName") VALUES ('Reservoir', 'Ours')`;
    await sql`INSERT INTO "SignalRGroups" ("GroupName", "GroupType") VALUES ('all_users', 'ours')`;
    await migrate(sql, files);
    expect(await sql`SELECT count(*) FROM "WaterFacilityTypes"`).toEqual([{ count: 5 }]);
    expect(await sql`SELECT "GroupType" FROM "SignalRGroups" WHERE "GroupName" = 'all_users'`).toEqual([
      { GroupType: 'ours' },
    ]);
    // The guide's nine, and those of the regions and facility types that it has none for; "Reservoir" names no group.
    expect(await sql`SELECT count(*) FROM "SignalRGroups"`).toEqual([{ count: 9 + 3 }]);
  });
});
