/** What the migration does to databases that hold something already: it adds what is missing and leaves the rest. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { databaseForTest, eachTestGets } from '../support/servers/database.ts';
import { describeSchema, readRows } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const { sql } = eachTestGets('empty');

async function constraintsOf(table: string): Promise<string[]> {
  return (await describeSchema(sql)).filter((line) => line.startsWith(`constraint ${table} `));
}

describe('a 2.0 database with rows', () => {
  it('keeps every value, except that null inverter counts become 0', async () => {
    await install20(sql);
    await addRows(sql);
    const before = await readRows(sql);

    await migrate(sql, files);

    const after = await readRows(sql);
    const wanted = (before['Projects'] ?? []).map((row) =>
      JSON.parse(row, (name, value) => (name.startsWith('Inverter') ? (value ?? 0) : value)),
    );
    expect(wanted).toHaveLength(3);
    expect((after['Projects'] ?? []).map((row) => JSON.parse(row))).toMatchObject(wanted);
    expect(after).toMatchObject({ Users: before['Users'], Roles: before['Roles'] });
  });

  it('keeps a project whose creator is gone, and guards the rows that are written from now on', async () => {
    await install20(sql);
    await addRows(sql);
    await sql`UPDATE "Projects" SET "CreatedById" = gen_random_uuid() WHERE "ProjectName" = 'โรงสูบน้ำ'`;
    await sql.unsafe(
      'DROP INDEX "IX_Projects_StartDate"; ALTER TABLE "Users" DROP CONSTRAINT "FK_Users_Roles_RoleId"',
    );
    await migrate(sql, files);
    expect(await constraintsOf('Projects')).toContainEqual(
      expect.stringMatching(/FK_Projects_Users_CreatedById .* ON DELETE SET NULL NOT VALID$/),
    );
    const write = sql`UPDATE "Projects" SET "CreatedById" = gen_random_uuid()`;
    await expect(write).rejects.toMatchObject({ code: '23503' });
    // Nor does it get back the keys and indexes of 2.0 that it did without.
    expect((await describeSchema(sql)).join()).not.toMatch(/IX_Projects_StartDate|FK_Users_Roles_RoleId/);
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

    expect(
      await sql`
        SELECT "Status", "Region", "CompletionPercentage"::text AS done FROM "Projects" ORDER BY "ProjectId"`,
    ).toEqual(
      ['Planning', 'InProgress', 'Completed'].map((Status) => ({ Status, Region: 'northern', done: '40' })),
    );
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
    const write = sql`UPDATE "Projects" SET "CompletionPercentage" = 101`;
    await expect(write).rejects.toMatchObject({ code: '23514' });
  });

  it('keeps a CompletionPercentage of 130 or NaN, and still gets the check for new values', async () => {
    await sql`ALTER TABLE "Projects" ADD COLUMN "CompletionPercentage" numeric(5,2)`;
    await sql`UPDATE "Projects" SET "CompletionPercentage" = CASE "Status" WHEN 'Planning' THEN 'NaN'::numeric
      WHEN 'InProgress' THEN 130 END`;
    await migrate(sql, files);
    const kept = await sql`SELECT "CompletionPercentage"::text AS done FROM "Projects" ORDER BY "ProjectId"`;
    expect(kept.map(({ done }) => done)).toEqual(['NaN', '130.00', null]);
    expect(await constraintsOf('Projects')).toContainEqual(expect.stringMatching(/CHECK .* NOT VALID$/));
  });

  it('gets the defaults and keys that its own tables lack', async () => {
    const fresh = await databaseForTest();
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
    await sql`
      INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "Version", "ExpiresAt")
      VALUES ('global', 'global', 3, now()), ('global', 'global', 9, now()), ('global', 'global', 4, now()),
        ('region:northern', 'regional', 1, now()), ('project:1', 'project', 1, now()), ('project:1', 'project', 2, now()),
        ('user:1', 'user', 50, now()), ('user:1', 'user', 50, now())`;
    await migrate(sql, files);

    const kept =
      await sql`SELECT concat_ws(' ', "CacheKey", "Version") AS row FROM "DashboardStatsCache" ORDER BY 1`;
    expect(kept.map(({ row }) => row)).toEqual([
      ...['global 9', 'project:1 1', 'project:1 2', 'region:northern 1', 'user:1 50', 'user:1 50'],
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
    const found = await provinces();
    expect(found.map(({ name }) => name)).toEqual(['Northern', 'central', 'unknown', 'westward']);
    expect(found[0]?.provinces).toEqual(['เชียงใหม่']);
  });

  it('do not hide facility types and groups that are missing', async () => {
    await sql`
      INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName") VALUES ('Reservoir', 'Ours')`;
    await sql`INSERT INTO "SignalRGroups" ("GroupName", "GroupType") VALUES ('all_users', 'ours')`;
    await migrate(sql, files);
    expect(await sql`SELECT count(*) FROM "WaterFacilityTypes"`).toEqual([{ count: 5 }]);
    const [kept] = await sql`SELECT "GroupType" FROM "SignalRGroups" WHERE "GroupName" = 'all_users'`;
    expect(kept).toEqual({ GroupType: 'ours' });
    // The guide's nine, and those of the regions and facility types that it has none for; "Reservoir" names no group.
    expect(await sql`SELECT count(*) FROM "SignalRGroups"`).toEqual([{ count: 9 + 3 }]);
  });
});
