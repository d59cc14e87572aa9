/** Verify names each fault of a migrated database, and the statement that it prints repairs it. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import type { Check } from '../../src/schema/check.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { verify } from '../../src/schema/verify.ts';
import { allTestsGet, alterDatabase, connectForTest, eachTestGets } from '../support/servers/database.ts';
import { describeSchema, fingerprint } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();

async function faults(sql: Sql): Promise<Check[]> {
  return (await verify(sql, files)).filter((check) => check.status !== 'ok');
}

/** Runs the statements that verify prints. */
async function repairAll(sql: Sql): Promise<void> {
  for (const { sql: repair } of await faults(sql)) if (repair) await sql.unsafe(repair);
}

const TRIGGERS = ['dashboard_stats_mark', 'dashboard_stats_truncate'];

/** What is done to the database, and the names of the checks that must fail, or warn. */
const BREAKS: [statement: string, names: string[], status?: 'warning'][] = [
  [
    'DROP TABLE "RealTimeEventsLog"',
    ['table RealTimeEventsLog', 'primary key of RealTimeEventsLog', 'foreign key RealTimeEventsLog.UserId'],
  ],
  [
    'DROP TABLE "SignalRGroupMemberships", "SignalRGroups"',
    [
      'table SignalRGroups',
      'table SignalRGroupMemberships',
      'primary key of SignalRGroups',
      'primary key of SignalRGroupMemberships',
      'foreign key SignalRGroupMemberships.GroupId',
      'foreign key SignalRGroupMemberships.UserId',
      'foreign key SignalRGroupMemberships.ConnectionId',
      ...[
        'all_users',
        'role_admin',
        'role_manager',
        'region_northern',
        'region_western',
        'region_central',
      ].map((name) => `seed row SignalRGroups.${name}`),
      'seed row SignalRGroups.facility_water_treatment',
      'seed row SignalRGroups.facility_solar_installation',
      'seed row SignalRGroups.map_viewers',
    ],
  ],
  ['ALTER TABLE "Projects" DROP COLUMN "Region"', ['column Projects.Region', 'index IX_Projects_Region']],
  ['ALTER TABLE "Projects" DROP COLUMN "Version"', ['column Projects.Version']],
  ['ALTER TABLE "Projects" ALTER "LastActivityAt" TYPE timestamp', ['column Projects.LastActivityAt']],
  [
    'ALTER TABLE "DashboardStatsCache" ALTER "Version" DROP DEFAULT, ALTER "Version" TYPE text',
    ['column DashboardStatsCache.Version', 'column DashboardStatsCache.Version'],
  ],
  [
    'ALTER TABLE "Projects" ALTER "CompletionPercentage" SET DEFAULT 7',
    ['column Projects.CompletionPercentage'],
  ],
  ['ALTER TABLE "Projects" ALTER "Inverter60kw" DROP DEFAULT', ['column Projects.Inverter60kw']],
  [
    'ALTER TABLE "ProjectActivityFeed" ALTER "ActivityId" DROP DEFAULT',
    ['column ProjectActivityFeed.ActivityId'],
  ],
  ['ALTER TABLE "ProjectRegions" ALTER "Provinces" SET DEFAULT \'{}\'', ['column ProjectRegions.Provinces']],
  ['ALTER TABLE "Projects" ALTER "Province" SET DEFAULT \'ตาก\'', ['column Projects.Province'], 'warning'],
  ['ALTER TABLE "Projects" ALTER "ProjectManagerId" SET NOT NULL', ['column Projects.ProjectManagerId']],
  [
    'ALTER TABLE "Projects" ALTER "RealTimeEnabled" DROP NOT NULL; UPDATE "Projects" SET "RealTimeEnabled" = NULL',
    ['column Projects.RealTimeEnabled'],
  ],
  [
    'ALTER TABLE "RealTimeNotifications" ALTER "UserId" SET NOT NULL',
    ['column RealTimeNotifications.UserId'],
  ],
  [
    'ALTER TABLE "ProjectActivityFeed" DROP CONSTRAINT "ProjectActivityFeed_pkey"',
    ['primary key of ProjectActivityFeed'],
  ],
  [
    'ALTER TABLE "ProjectRegionAssignments" DROP CONSTRAINT "FK_ProjectRegionAssignments_ProjectRegions_RegionId"',
    ['foreign key ProjectRegionAssignments.RegionId'],
  ],
  [
    `ALTER TABLE "Projects" DROP CONSTRAINT "FK_Projects_Users_ProjectManagerId", ADD CONSTRAINT "FK_Manager"
      FOREIGN KEY ("ProjectManagerId") REFERENCES "Users" ON DELETE RESTRICT`,
    ['foreign key Projects.ProjectManagerId'],
  ],
  [
    `ALTER TABLE "Projects" DROP CONSTRAINT "FK_Projects_Users_ProjectManagerId", ADD CONSTRAINT "FK_Manager"
      FOREIGN KEY ("ProjectManagerId") REFERENCES "Users" ON DELETE CASCADE`,
    ['foreign key Projects.ProjectManagerId'],
  ],
  [
    'ALTER TABLE "Projects" ADD CONSTRAINT "FK_Second" FOREIGN KEY ("CreatedById") REFERENCES "Users"',
    ['foreign key Projects.CreatedById'],
  ],
  ['ALTER TABLE "Projects" DROP CONSTRAINT "Projects_CompletionPercentage_check"', ['check of Projects']],
  ['DROP INDEX "IX_Projects_Location"', ['index IX_Projects_Location']],
  // Another table has one on the same column.
  ['DROP INDEX "IX_UserConnections_UserId"', ['index IX_UserConnections_UserId']],
  [
    'DROP INDEX "IX_Projects_Province"; CREATE INDEX "IX_Projects_Province" ON "Projects" ("Region", "Province")',
    ['index IX_Projects_Province'],
  ],
  [
    'DROP INDEX "IX_UserConnections_UserId"; CREATE INDEX "IX_UserConnections_UserId" ON "Users" ("UserId")',
    ['index IX_UserConnections_UserId'],
  ],
  [
    `DROP INDEX "IX_Projects_Region"; CREATE INDEX "IX_Projects_Region" ON "Projects" ("Region") WHERE "Version" > 1`,
    ['index IX_Projects_Region'],
  ],
  [
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"IX_Projects_Region"'::regclass`,
    ['index IX_Projects_Region'],
  ],
  [
    `DROP INDEX "UX_DashboardStatsCache_CacheKey";
     INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt", "Version")
     SELECT 'global', 'global', now(), n FROM generate_series(1, 3) n`,
    ['cache keys', 'index UX_DashboardStatsCache_CacheKey'],
  ],
  [
    `DROP INDEX "UX_DashboardStatsCache_CacheKey";
     CREATE INDEX "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")
       WHERE "CacheType" IN ('global', 'regional', 'facility')`,
    ['index UX_DashboardStatsCache_CacheKey'],
  ],
  [`DELETE FROM "ProjectRegions" WHERE "RegionName" = 'western'`, ['seed row ProjectRegions.western']],
  [
    `UPDATE "ProjectRegions" SET "Provinces" = '["น่าน", "ที่อื่น"]' WHERE "RegionName" = 'northern'`,
    ['seed row ProjectRegions.northern'],
  ],
  [
    `DELETE FROM "WaterFacilityTypes" WHERE "FacilityTypeName" = 'reservoir'`,
    ['seed row WaterFacilityTypes.reservoir'],
  ],
  [
    `UPDATE "WaterFacilityTypes" SET "FacilityTypeName" = 'dam', "Authority" = NULL WHERE "FacilityTypeName" = 'reservoir'`,
    ['seed row WaterFacilityTypes.reservoir', 'seed row WaterFacilityTypes.reservoir'],
    'warning',
  ],
  [`DELETE FROM "SignalRGroups" WHERE "GroupName" = 'map_viewers'`, ['seed row SignalRGroups.map_viewers']],
  [
    'ALTER TABLE "ProjectStatusHistory" DISABLE TRIGGER dashboard_stats_mark',
    ['trigger ProjectStatusHistory.dashboard_stats_mark'],
  ],
  ['ALTER TABLE "Projects" ENABLE TRIGGER dashboard_stats_mark', ['trigger Projects.dashboard_stats_mark']],
  ['DROP TRIGGER dashboard_stats_mark ON "Projects"', ['trigger Projects.dashboard_stats_mark']],
  [
    `DROP TRIGGER dashboard_stats_mark ON "ProjectRegions"; CREATE TRIGGER dashboard_stats_mark AFTER UPDATE ON
      "ProjectRegions" FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_project()`,
    ['trigger ProjectRegions.dashboard_stats_mark'],
  ],
  [
    'DROP FUNCTION dashboard_stats.mark_everything() CASCADE',
    [
      'function dashboard_stats.mark_everything',
      'trigger Projects.dashboard_stats_truncate',
      'trigger ProjectActivityFeed.dashboard_stats_truncate',
      'trigger ProjectStatusHistory.dashboard_stats_truncate',
      ...TRIGGERS.map((name) => `trigger ProjectRegions.${name}`),
      ...TRIGGERS.map((name) => `trigger WaterFacilityTypes.${name}`),
    ],
  ],
  [
    `CREATE OR REPLACE FUNCTION dashboard_stats.mark_project() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'`,
    ['function dashboard_stats.mark_project'],
  ],
  [
    'ALTER FUNCTION dashboard_stats.mark_project() SECURITY INVOKER',
    ['function dashboard_stats.mark_project'],
  ],
  [
    'ALTER FUNCTION dashboard_stats.mark_everything() RESET ALL',
    ['function dashboard_stats.mark_everything'],
  ],
  ['DROP TABLE dashboard_stats.documents', ['table documents', 'primary key of documents']],
  [
    'ALTER TABLE dashboard_stats.job_runs DROP CONSTRAINT job_runs_job_scheduled_at_key',
    ['index job_runs_job_scheduled_at_key'],
  ],
  ['ALTER TABLE dashboard_stats.job_runs ALTER run_id DROP IDENTITY', ['column job_runs.run_id']],
  ['ALTER TABLE dashboard_stats.job_runs DROP CONSTRAINT job_runs_outcome_check', ['check of job_runs']],
  ['DELETE FROM dashboard_stats.state', ['row of dashboard_stats.state']],
  ['DELETE FROM dashboard_stats.outbox', ['row of dashboard_stats.outbox']],
  [
    'ALTER TABLE dashboard_stats.marks REPLICA IDENTITY DEFAULT',
    ['replica identity of dashboard_stats.marks'],
  ],
  [
    'DROP TABLE dashboard_stats.late_marks',
    ['table late_marks', 'replica identity of dashboard_stats.late_marks'],
  ],
  [
    'DROP TABLE dashboard_stats.marks',
    [
      'table marks',
      'replica identity of dashboard_stats.marks',
      'autovacuum of dashboard_stats.marks: warning',
    ],
  ],
  [
    'ALTER TABLE dashboard_stats.queued_events RESET (autovacuum_vacuum_threshold)',
    ['autovacuum of dashboard_stats.queued_events'],
    'warning',
  ],
  [
    'ALTER TABLE "DashboardStatsCache" ALTER "CacheKey" TYPE varchar(10)',
    ['column DashboardStatsCache.CacheKey'],
  ],
  [
    'ALTER TABLE "Projects" ALTER "CompletionPercentage" TYPE numeric(2,1)',
    ['column Projects.CompletionPercentage'],
  ],
  ['ALTER TABLE dashboard_stats.documents ALTER cache_key TYPE varchar(10)', ['column documents.cache_key']],
];

describe('a fault of a migrated database', () => {
  // One database for all of them: each is repaired before the next.
  const { sql } = allTestsGet('migrated', addRows);

  it.each(BREAKS)(
    'is named, and repaired by the statement that is printed: %s',
    async (statement, names, status: Check['status'] = 'failed') => {
      await sql.unsafe(statement);
      const found = await faults(sql);
      const wanted = names.map((name) => (/: warning$/.test(name) ? name : `${name}: ${status}`));
      expect(found.map((check) => `${check.name}: ${check.status}`).sort()).toEqual(wanted.sort());
      for (const { sql: repair } of found) if (repair) await sql.unsafe(repair);
      expect(await faults(sql)).toEqual([]);
    },
  );
});

describe('verify of a migrated database', () => {
  const { sql } = eachTestGets('migrated');

  it('gives a column of another type that keeps its collation', async () => {
    await sql`ALTER TABLE "ProjectRegions" ALTER "RegionName" TYPE varchar(9) COLLATE "C"`;
    const [fault] = await faults(sql);
    expect(fault?.name).toBe('column ProjectRegions.RegionName');
    await sql.unsafe(String(fault?.sql));
    const columns = await sql`
      SELECT data_type, character_maximum_length, collation_name FROM information_schema.columns WHERE column_name = 'RegionName'`;
    expect(columns).toEqual([
      { data_type: 'character varying', character_maximum_length: 100, collation_name: 'C' },
    ]);
  });

  it('finds nothing in a fresh database, with projects or without, and changes nothing', async () => {
    for (const prepare of [async () => {}, () => addRows(sql)]) {
      await prepare();
      const before = await fingerprint(sql);
      const checks = await verify(sql, files);
      expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(checks.map(({ name }) => name).join()).toBe(
        'migrations,tables and columns,primary keys,foreign keys,check constraints,cache keys,indexes,own state,' +
          'seed rows,triggers',
      );
      expect(await fingerprint(sql)).toEqual(before);
    }
  });

  it('has everything computed again where marks were lost with their table, and leaves settings that somebody chose', async () => {
    await sql.unsafe(`DROP TABLE dashboard_stats.marks;
      ALTER TABLE dashboard_stats.queued_events SET (autovacuum_vacuum_threshold = 50)`);
    await repairAll(sql);
    expect(await sql`SELECT project_id FROM dashboard_stats.marks`).toEqual([{ project_id: null }]);
    expect(await faults(sql)).toEqual([]);
  });

  it('says that a file was edited, or is of a newer program', async () => {
    await sql`UPDATE dashboard_stats.migrations SET checksum = 'x' WHERE number = 3`;
    await sql`INSERT INTO dashboard_stats.migrations (number, name, checksum, duration_ms) VALUES (99, '099_later.sql', 'x', 1)`;
    expect(await faults(sql)).toMatchObject([
      { status: 'warning', detail: 'Not those of this program: 003_notifications_2_1.sql, 099_later.sql.' },
    ]);
  });

  it('misses no triggers where they were left out on purpose', async () => {
    await migrate(sql, files, { triggers: false });
    const checks = await verify(sql, files);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.at(-1)).toMatchObject({ name: 'triggers', detail: expect.stringContaining('on purpose') });
  });

  it("leaves regions to whoever maintains them: more provinces, and those that another's region lists", async () => {
    await sql.unsafe(`
      UPDATE "ProjectRegions" SET "Provinces" = "Provinces" || '["กำแพงเพชร"]' WHERE "RegionName" = 'western';
      UPDATE "ProjectRegions" SET "Provinces" = "Provinces" - 'น่าน', "RegionName" = 'Northern' WHERE "RegionName" = 'northern';
      INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName", "Provinces")
      VALUES ('nan', 'น่าน', '["น่าน"]'), ('odd', 'x', '"น่าน"'), ('odder', 'x', '[null, 1]')`);
    // The service adds their groups with its next notification, which is nobody's fault.
    expect(await faults(sql)).toEqual([]);
    await sql`DELETE FROM "ProjectRegions" WHERE "RegionName" IN ('nan', 'Northern')`;
    await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName", "Provinces") VALUES ('nan', 'x', '["น่าน"]')`;
    const [missing] = await faults(sql);
    expect(missing?.sql).toContain('เชียงราย');
    expect(missing?.sql).not.toContain('น่าน');
    await sql.unsafe(missing?.sql ?? '');
    expect(await faults(sql)).toEqual([]);
  });
});

describe('verify of a database as somebody made it', () => {
  const database = eachTestGets('empty');
  const { sql } = database;

  it('tries nothing on a database that is not migrated, or only in part', async () => {
    const only = { name: 'migrations', status: 'failed' };
    expect(await verify(sql, files)).toMatchObject([
      { ...only, detail: expect.stringContaining('no table "Projects"') },
    ]);
    await install20(sql);
    await addRows(sql);
    await install21ByTheGuide(sql);
    const wanted = { ...only, command: 'dashboard-stats migrate' };
    expect(await verify(sql, files)).toMatchObject([wanted]);
    await migrate(sql, files, { to: 9 });
    expect(await verify(sql, files)).toMatchObject([
      { ...wanted, detail: expect.stringMatching(/^Not migrated: \d+ migrations \(010_triggers\.sql to /) },
    ]);
    await migrate(sql, files);
    expect(await faults(sql)).toEqual([]);
  });

  it('takes what EF Core makes wider, writes differently, or names differently', async () => {
    await install20(sql);
    await sql.unsafe(`
      ALTER TABLE "Projects" ALTER "Status" TYPE varchar(20), ADD "Region" text, ADD "Version" integer NOT NULL DEFAULT '1',
        ADD "CompletionPercentage" numeric(18,6) NOT NULL DEFAULT 0.0, ADD "Team2" text NOT NULL DEFAULT '',
        ALTER "Inverter80kw" TYPE bigint, ALTER "Inverter80kw" SET NOT NULL;
      CREATE TABLE "DashboardStatsCache" ("CacheId" uuid PRIMARY KEY, "CacheKey" text NOT NULL, "CacheType" text NOT NULL,
        "EntityId" uuid, "Statistics" jsonb NOT NULL, "LastCalculated" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
        "ExpiresAt" timestamptz NOT NULL DEFAULT '-infinity', "Version" integer NOT NULL, "IsValid" boolean NOT NULL);
      ALTER TABLE "Projects" RENAME CONSTRAINT "FK_Projects_Users_ProjectManagerId" TO "FK_Manager"`);
    await migrate(sql, files);
    await sql.unsafe('ALTER INDEX "IX_Projects_Location" RENAME TO "ix_projects_place"');
    expect(await faults(sql)).toEqual([]);
  });

  it('warns of keys that rows from before are against, with a statement for when those are corrected', async () => {
    await install20(sql);
    await addRows(sql);
    await sql.unsafe(`
      UPDATE "Projects" SET "CreatedById" = gen_random_uuid();
      ALTER TABLE "Projects" ADD "CompletionPercentage" numeric(5,2) NOT NULL DEFAULT 0;
      UPDATE "Projects" SET "CompletionPercentage" = 'NaN'`);
    await migrate(sql, files);
    const found = await faults(sql);
    expect(found.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'foreign key Projects.CreatedById: warning',
      'check of Projects: warning',
    ]);
    for (const { sql: repair } of found)
      await expect(sql.unsafe(repair ?? '')).rejects.toMatchObject({ code: /23503|23514/ });
    await sql`UPDATE "Projects" SET "CreatedById" = NULL, "CompletionPercentage" = 10`;
    for (const { sql: repair } of found) await sql.unsafe(repair ?? '');
    expect(await faults(sql)).toEqual([]);
  });

  it('like preflight and migrate works in the schema that "Projects" lies in, and its statements name it', async () => {
    await sql.unsafe(`CREATE SCHEMA mine; CREATE SCHEMA "Solar App"`);
    await alterDatabase(sql, 'search_path = mine, "Solar App"');
    const theirs = connectForTest(database.url, { max: 2 });
    await theirs.begin(async (tx) => {
      await tx`SET LOCAL search_path = "Solar App"`;
      await install20(tx as unknown as Sql);
    });
    const before = await preflight(theirs, files, { now: Date.now() });
    expect(before.filter(({ status }) => status === 'failed')).toEqual([]);
    await migrate(theirs, files);
    expect(await describeSchema(sql, 'mine')).toEqual([]);
    expect(await faults(theirs)).toEqual([]);
    await sql.unsafe(`
      DROP TABLE "Solar App"."RealTimeEventsLog"; DROP INDEX "Solar App"."IX_Projects_Region";
      DROP TRIGGER dashboard_stats_mark ON "Solar App"."Projects";
      DELETE FROM "Solar App"."ProjectRegions" WHERE "RegionName" = 'western'`);
    await repairAll(theirs);
    expect(await faults(theirs)).toEqual([]);
  });
});
