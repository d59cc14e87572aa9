/** The way back without a dump: what the migrations added goes, what was there before stays as it was. */
import { describe, expect, it } from 'vitest';
import { connect, type Sql } from '../../src/db/connection.ts';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { loadMigrations, migrate, status } from '../../src/schema/migrator.ts';
import { previewUndo, type UndoneMigration, undoMigrations } from '../../src/schema/undo.ts';
import { alterDatabase, eachTestGets, type TestDatabase } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { describeSchema, readRows } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide, MANAGER } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
/** Of every migration from a number on, the newest first. */
const namesFrom = (first: number) =>
  files
    .filter(({ number }) => number >= first)
    .map(({ name }) => name)
    .reverse();
let database: TestDatabase;
let sql: Sql;

eachTestGets('empty', (made) => {
  database = made;
  sql = made.sql;
});

const content = async () => ({ objects: await describeSchema(sql), rows: await readRows(sql) });

async function fillInverters() {
  await sql`UPDATE "Projects" SET "Inverter125kw" = coalesce("Inverter125kw", 0), "Inverter80kw" =
    coalesce("Inverter80kw", 0), "Inverter60kw" = coalesce("Inverter60kw", 0),
    "Inverter40kw" = coalesce("Inverter40kw", 0)`;
}

/** What a deployment with EF Core may have before: some columns, an index, a table, other names and rules. */
async function installEfCore() {
  await install20(sql);
  await sql`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text
    USING (ARRAY['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'])["Status" + 1]`;
  await addRows(sql, (value) => `'${['Planning', 'InProgress', 'Completed'][value]}'`);
  await sql.unsafe(`
    ALTER TABLE "Projects"
      ADD COLUMN "Region" text DEFAULT 'nowhere', ADD COLUMN "CompletionPercentage" numeric NOT NULL DEFAULT 7,
      ADD COLUMN "Version" integer NOT NULL DEFAULT 4, ALTER COLUMN "Inverter80kw" SET DEFAULT 5;
    ALTER TABLE "Projects" ALTER COLUMN "Version" DROP DEFAULT;
    ALTER TABLE "Projects" RENAME CONSTRAINT "FK_Projects_Users_ProjectManagerId" TO "FK_Projects_AspNetUsers";
    ALTER TABLE "Projects" ADD CONSTRAINT "FK_Projects_Users_CreatedById" FOREIGN KEY ("CreatedById")
      REFERENCES "Users" ON DELETE RESTRICT NOT VALID;
    CREATE INDEX "IX_Projects_Region" ON "Projects" ("Region");
    CREATE TABLE "ProjectRegions" ("RegionId" uuid PRIMARY KEY, "RegionName" text NOT NULL,
      "RegionDisplayName" text NOT NULL, "Provinces" jsonb NOT NULL, "BoundingBox" jsonb, "Description" text,
      "IsActive" boolean NOT NULL, "CreatedAt" timestamptz NOT NULL);
    INSERT INTO "ProjectRegions" VALUES (gen_random_uuid(), 'Northern', 'North', '["น่าน"]', NULL, NULL, true, now());
    CREATE TABLE "ReportTemplates" ("Id" integer PRIMARY KEY, "Region" text DEFAULT 'x')`);
}

describe('undo to 1 leaves the database as it was before the migration', () => {
  const databases: Record<string, () => Promise<void>> = {
    'of schema 2.0': async () => {
      await install20(sql);
      await addRows(sql);
    },
    'of an EF Core application that had a part of it': installEfCore,
    'migrated by the guide before': async () => {
      await install20(sql);
      await addRows(sql);
      await install21ByTheGuide(sql);
    },
  };
  for (const [name, install] of Object.entries(databases)) {
    it(`${name}, and migrate works again`, async () => {
      await install();
      await fillInverters();
      const before = await content();
      await migrate(sql, files);
      const migrated = await describeSchema(sql);

      await undoMigrations(sql, 1);

      expect(await content()).toEqual(before);
      expect(await describeSchema(sql, 'dashboard_stats')).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/^table (?!migrations)|^function|TRIGGER/)]),
      );
      expect((await status(sql, files)).map((one) => one.state)).toEqual([
        'applied',
        ...Array(files.length - 1).fill('pending'),
      ]);
      await migrate(sql, files);
      expect(await describeSchema(sql)).toEqual(migrated);
    });
  }
});

describe('undo', () => {
  it('of everything leaves nothing in a database that was empty', async () => {
    await migrate(sql, files);
    await undoMigrations(sql, 0);
    expect(await content()).toEqual({ objects: [], rows: {} });
    expect(await sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(0);
    expect((await migrate(sql, files)).every((one) => one.state === 'applied')).toBe(true);
  });

  it('of everything leaves a schema to the role that may not make it again', async () => {
    await sql.unsafe(`CREATE ROLE undo_${process.pid} LOGIN; CREATE SCHEMA dashboard_stats AUTHORIZATION
      undo_${process.pid}; GRANT CREATE ON SCHEMA public TO undo_${process.pid}`);
    const theirs = connect(database.url, { max: 1 });
    try {
      await theirs.unsafe(`SET ROLE undo_${process.pid}`);
      await migrate(theirs, files, { to: 3 });
      await undoMigrations(theirs, 0);
      expect(await sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(1);
      await migrate(theirs, files, { to: 1 });
    } finally {
      await theirs.end();
      await sql.unsafe(`DROP OWNED BY undo_${process.pid}; DROP ROLE undo_${process.pid}`);
    }
  });

  it('of the triggers alone leaves no trigger on any table', async () => {
    await migrate(sql, files);
    const undone: UndoneMigration[] = [];
    await undoMigrations(sql, 9, (one) => undone.push(one));
    expect(undone.map((one) => one.name)).toEqual(namesFrom(10));
    expect(await sql`SELECT FROM pg_trigger WHERE NOT tgisinternal`).toHaveLength(0);
  });

  it('of what cells are kept by leaves none in use, and nothing that an older version would take for newer', async () => {
    await migrate(sql, files);
    const context = { sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'incremental' } as const;
    await refresh(context);
    expect(await buildCells(context)).toBe(true);
    await undoMigrations(sql, 10);
    expect(await sql`SELECT generation, schema_version FROM dashboard_stats.state`).toEqual([
      { generation: 0, schema_version: 0 },
    ]);
  });

  it('in the middle of the guide works, and the rest can be migrated again', async () => {
    await migrate(sql, files);
    const before = await describeSchema(sql);
    await undoMigrations(sql, 4);
    expect(await describeSchema(sql)).not.toContain('table ProjectRegions');
    await migrate(sql, files);
    expect(await describeSchema(sql)).toEqual(before);
  });

  it('deletes our documents from a cache that was there before, and no other row', async () => {
    await install20(sql);
    await install21ByTheGuide(sql);
    await sql`INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt")
      VALUES ('project:1', 'project', now()), ('region:south', 'regional', now())`;
    const before = await readRows(sql);
    await migrate(sql, files);
    await refresh({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'incremental' }, { force: true });
    expect((await readRows(sql))['DashboardStatsCache']?.length).toBeGreaterThan(9);
    await undoMigrations(sql, 1);
    expect((await readRows(sql))['DashboardStatsCache']).toEqual(before['DashboardStatsCache']);
  });

  it('keeps a seed row that somebody changed or that a row refers to, in a table that was there before', async () => {
    await install20(sql);
    await addRows(sql);
    await install21ByTheGuide(sql);
    await sql`DELETE FROM "ProjectRegions"`;
    await migrate(sql, files);
    await sql`UPDATE "ProjectRegions" SET "Provinces" = "Provinces" || '["สงขลา"]' WHERE "RegionName" = 'western'`;
    await sql`INSERT INTO "ProjectRegionAssignments" ("ProjectId", "RegionId", "AssignmentMethod")
      SELECT "ProjectId", '33333333-3333-3333-3333-333333333333', 'manual' FROM "Projects"`;
    const undone: UndoneMigration[] = [];
    await undoMigrations(sql, 1, (one) => undone.push(one));
    expect(undone.find((one) => one.number === 8)?.keptRows).toBe(2);
    expect(await sql`SELECT "RegionName" AS name FROM "ProjectRegions" ORDER BY 1`).toEqual([
      { name: 'central' },
      { name: 'western' },
    ]);
    expect(await sql`SELECT FROM "ProjectRegionAssignments"`).toHaveLength(3);
  });

  it('tells of no row that stays in a table which a later step drops', async () => {
    await migrate(sql, files);
    await sql`UPDATE "ProjectRegions" SET "Provinces" = '["สงขลา"]' WHERE "RegionName" = 'western'`;
    const partly: UndoneMigration[] = [];
    await undoMigrations(sql, 7, (one) => partly.push(one));
    expect(partly.at(-1)).toMatchObject({ number: 8, keptRows: 1 });
    await migrate(sql, files);
    const wholly: UndoneMigration[] = [];
    await undoMigrations(sql, 1, (one) => wholly.push(one));
    expect(wholly.map((one) => one.keptRows)).toEqual(Array(files.length - 1).fill(0));
  });

  it('says on a server that takes no writes that nothing was undone, and what to do about it', async () => {
    await migrate(sql, files);
    await alterDatabase(sql, 'default_transaction_read_only = on');
    const later = connect(database.url, { max: 1 });
    try {
      await expect(undoMigrations(later, 1)).rejects.toMatchObject({
        name: 'MigrationError',
        help: expect.stringMatching(
          /^Nothing was undone\. It is a standby, or default_transaction_read_only/,
        ),
      });
    } finally {
      await later.end();
    }
  });

  it('works in the schema that "Projects" lies in', async () => {
    await sql.unsafe(`CREATE SCHEMA "My App"; CREATE TABLE "ProjectRegions" (mine text)`);
    await alterDatabase(sql, 'search_path = "My App"');
    const theirs = connect(database.url, { max: 1 });
    try {
      await install20(theirs);
      const before = await describeSchema(sql, 'My App');
      await migrate(theirs, files);
      await undoMigrations(theirs, 1);
      expect(await describeSchema(sql, 'My App')).toEqual(before);
      expect(await describeSchema(sql)).toContain('table ProjectRegions');
    } finally {
      await theirs.end();
    }
  });

  it('refuses where a project has no manager, and touches nothing', async () => {
    await install20(sql);
    await addRows(sql);
    await migrate(sql, files);
    await sql`DELETE FROM "Users" WHERE "UserId" = ${MANAGER}`;
    const before = await content();
    await expect(previewUndo(sql, 1)).rejects.toMatchObject({
      name: 'MigrationError',
      message:
        '"public"."Projects"."ProjectManagerId" cannot be NOT NULL again: 2 rows have no value there. Nothing was undone.',
      help: expect.stringContaining('UPDATE "public"."Projects"'),
    });
    expect(await content()).toEqual(before);
    await expect(previewUndo(sql, 2)).resolves.toBeTruthy();
  });

  it('refuses before its first step what others built on any of ours, and names all of it', async () => {
    await install20(sql);
    await addRows(sql);
    await migrate(sql, files);
    const built: [make: string, drop: string, named: string][] = [
      [
        'CREATE VIEW of_theirs AS SELECT "Title" FROM "ProjectActivityFeed"',
        'DROP VIEW of_theirs',
        'view of_theirs depends on column Title of table "ProjectActivityFeed"',
      ],
      [
        'CREATE MATERIALIZED VIEW stored AS SELECT "Region" FROM "Projects"',
        'DROP MATERIALIZED VIEW stored',
        'materialized view stored depends on column Region of table "Projects"',
      ],
      [
        'CREATE TABLE theirs (region uuid CONSTRAINT key REFERENCES "ProjectRegions")',
        'DROP TABLE theirs',
        'constraint key on table theirs depends on',
      ],
      [
        'CREATE FUNCTION first_region() RETURNS "ProjectRegions" LANGUAGE sql AS $$SELECT * FROM "ProjectRegions"$$',
        'DROP FUNCTION first_region()',
        'function first_region() depends on type "ProjectRegions"',
      ],
      [
        'CREATE TRIGGER mine AFTER INSERT ON "Users" FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything()',
        'DROP TRIGGER mine ON "Users"',
        'trigger mine on table "Users" depends on function dashboard_stats.mark_everything()',
      ],
      [
        'ALTER TABLE "Projects" ADD COLUMN twice numeric GENERATED ALWAYS AS ("CompletionPercentage" * 2) STORED',
        'ALTER TABLE "Projects" DROP COLUMN twice',
        'column twice of table "Projects" depends on',
      ],
      [
        'CREATE POLICY far ON "Projects" USING ("Province" IS NOT NULL)',
        'DROP POLICY far ON "Projects"',
        'policy far on table "Projects" depends on column Province of table "Projects"',
      ],
    ];
    for (const [make] of built) await sql.unsafe(make);
    // What goes along with its table or column is in nobody's way.
    await sql.unsafe(`CREATE INDEX along ON "Projects" (lower("Region")); CREATE PUBLICATION along FOR TABLE "ProjectRegions";
      CREATE STATISTICS along ON "Region", "Team" FROM "Projects"`);
    const before = await content();
    for (const refused of [previewUndo(sql, 1), undoMigrations(sql, 1)]) {
      const error = await refused.catch((caught) => caught);
      expect(error).toMatchObject({
        name: 'MigrationError',
        message: expect.stringContaining('Nothing was undone.'),
      });
      for (const [, , named] of built) expect(error.message).toContain(`\n  ${named}`);
      expect(error.message).not.toContain('along');
    }
    expect(await content()).toEqual(before);
    for (const [, drop] of built) {
      await expect(undoMigrations(sql, 1)).rejects.toThrow(/have built on/);
      await sql.unsafe(drop);
    }
    await undoMigrations(sql, 1);
    expect(await describeSchema(sql)).not.toContain('table ProjectRegions');
  });

  it('refuses before its first step a role that owns not all of it', async () => {
    await migrate(sql, files);
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`ALTER SCHEMA dashboard_stats OWNER TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
        GRANT SELECT ON ALL TABLES IN SCHEMA dashboard_stats TO ${role}; ALTER TABLE dashboard_stats.job_runs OWNER TO ${role}`);
      await expect(undoMigrations(theirs, 1)).rejects.toMatchObject({
        name: 'MigrationError',
        message: expect.stringMatching(
          /Nothing was undone\.(.|\n)*\n {2}"public"\."Projects" belongs to postgres/,
        ),
      });
      expect((await status(sql, files)).every((one) => one.state === 'applied')).toBe(true);
      await sql.unsafe(`REASSIGN OWNED BY ${role} TO postgres`);
    });
  });

  it('runs nothing that others than the owner may have written down', async () => {
    await migrate(sql, files);
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`GRANT USAGE ON SCHEMA dashboard_stats TO ${role};
        GRANT SELECT, UPDATE ON dashboard_stats.migrations TO ${role}`);
      await theirs`
        UPDATE dashboard_stats.migrations
        SET changes = jsonb_set(changes, '{removed}', changes -> 'removed' || ${theirs.json([
          {
            kind: 'function',
            schema: 'x',
            table: '',
            name: 'x',
            columns: [],
            definition: `ALTER ROLE ${role} SUPERUSER`,
          },
        ])}::jsonb)
        WHERE number = 12`;
      for (const attempt of [previewUndo, undoMigrations]) {
        await expect(attempt(sql, 11)).rejects.toMatchObject({
          name: 'MigrationError',
          message: expect.stringContaining(`${role} may write`),
          help: expect.stringContaining(`FROM ${role};`),
        });
      }
      expect(await sql`SELECT rolsuper FROM pg_roles WHERE rolname = ${role}`).toEqual([{ rolsuper: false }]);
    });
  });

  it('does not take along what the application made while a migration ran', async () => {
    await install20(sql);
    await addRows(sql);
    const holder = await sql.reserve();
    await holder`SELECT pg_advisory_lock(3), pg_advisory_lock(8)`;
    const stopping = files.map((file) =>
      [3, 8].includes(file.number)
        ? { ...file, sql: `${file.sql};SELECT pg_advisory_xact_lock(${file.number})` }
        : file,
    );
    const stopped = (at: number) =>
      expect.poll(
        () => sql`SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = ${at}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        { timeout: 10_000 },
      );
    const migrating = migrate(sql, stopping, { lockTimeoutMs: 20_000 });
    await stopped(3).toHaveLength(1);
    await sql`CREATE TABLE "Theirs" (id integer PRIMARY KEY)`;
    await holder`SELECT pg_advisory_unlock(3)`;
    await stopped(8).toHaveLength(1);
    await sql`INSERT INTO "SignalRGroups" ("GroupName", "GroupType") VALUES ('theirs', 'project')`;
    await holder`SELECT pg_advisory_unlock(8)`;
    await migrating;
    holder.release();
    expect(await sql`SELECT FROM "SignalRGroups"`).toHaveLength(9 + 4 + 1);
    await undoMigrations(sql, 7);
    expect(await sql`SELECT "GroupName" AS name FROM "SignalRGroups"`).toEqual([{ name: 'theirs' }]);
    await undoMigrations(sql, 1);
    expect(await describeSchema(sql)).toContain('table Theirs');
  });

  it('at the same time by two nodes happens once', async () => {
    await migrate(sql, files);
    const other = connect(database.url, { max: 2 });
    const undone: number[] = [];
    const note = ({ number }: UndoneMigration) => undone.push(number);
    try {
      await Promise.all([undoMigrations(sql, 0, note), undoMigrations(other, 0, note)]);
      // Each once; which of two hears first that its own is committed is left to chance.
      expect(undone.sort((a, b) => a - b)).toEqual(files.map(({ number }) => number));
      expect(await describeSchema(sql)).toEqual([]);
    } finally {
      await other.end();
    }
  });
});

describe('the preview', () => {
  it('tells rows, values, what goes along and what stays, and changes nothing', async () => {
    await install20(sql);
    await addRows(sql);
    await migrate(sql, files);
    await sql`UPDATE "Projects" SET "Region" = 'northern', "Version" = 2 WHERE "ProjectName" = 'อ่างเก็บน้ำ'`;
    await sql`UPDATE "Projects" SET "RealTimeEnabled" = false`;
    await sql`CREATE INDEX of_theirs ON "Projects" ("Budget", "Region")`;
    await sql`ALTER TABLE "UserConnections" ADD COLUMN "Theirs" integer NOT NULL DEFAULT 1`;
    const before = await content();

    const plan = await previewUndo(sql, 1);

    expect(plan.migrations).toEqual(namesFrom(2));
    expect(plan.tables).toContainEqual({ name: '"public"."SignalRGroups"', rows: 9 + 4 });
    expect(plan.tables).toHaveLength(13);
    expect(plan.columns).toEqual(
      expect.arrayContaining([
        { name: '"public"."Projects"."Region"', values: 1 },
        { name: '"public"."Projects"."Version"', values: 1 },
        { name: '"public"."Projects"."RealTimeEnabled"', values: 3 },
      ]),
    );
    expect(plan.columns).toHaveLength(3);
    await refresh({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'incremental' });
    expect(await sql`SELECT FROM dashboard_stats.state WHERE incarnation IS NOT NULL`).toHaveLength(1);
    expect((await previewUndo(sql, 10)).columns).toEqual([]);
    await sql`TRUNCATE "DashboardStatsCache"`;
    expect(plan.others.sort()).toEqual([
      'column "Theirs" on "public"."UserConnections"',
      'index "of_theirs" on "public"."Projects"',
    ]);
    expect(plan.stays).toEqual([expect.stringContaining('Inverter counts')]);
    expect(await content()).toEqual(before);
  });

  it('tells that what classify wrote into columns from before stays, and what told it apart goes', async () => {
    await install20(sql);
    await addRows(sql);
    await sql`ALTER TABLE "Projects" ADD COLUMN "Region" text, ADD COLUMN "Province" text`;
    await migrate(sql, files);
    const classified = async (to: number) =>
      (await previewUndo(sql, to)).stays.filter((one) => one.includes('classify'));
    expect(await classified(1)).toEqual([
      expect.stringMatching(/^What `classify` wrote into "Province", "Region" of "Projects" stays/),
    ]);
    expect(await classified(2)).toEqual([expect.stringContaining('"Province", "Region", "FacilityType"')]);
    expect(await classified(7)).toEqual([]);
  });

  it('of nothing is empty', async () => {
    expect(await previewUndo(sql, 0)).toEqual({
      migrations: [],
      tables: [],
      columns: [],
      others: [],
      stays: [],
    });
  });
});
