/** The migration refuses a database whose objects have another shape, before it changes anything. */
import { describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { fingerprint } from '../support/sql/catalog.ts';
import { eachTestGets20 } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const { sql } = eachTestGets20();

describe('objects of another shape', () => {
  it('are all named in one refusal, and nothing is changed', async () => {
    await sql.unsafe(`
      ALTER TABLE "Projects" ADD COLUMN "Region" integer, ADD COLUMN "LastActivityAt" timestamp, DROP COLUMN "FtsValue";
      CREATE TABLE "DashboardStatsCache" ("CacheId" uuid, "CacheKey" text, "CacheType" text, "EntityId" uuid,
        "Statistics" json, "LastCalculated" timestamptz, "ExpiresAt" timestamptz, "Version" text);
      CREATE VIEW "ProjectRegions" AS SELECT 1 AS one`);
    const before = await fingerprint(sql);

    const error = await migrate(sql, files).catch((caught) => caught);

    expect(error).toMatchObject({
      name: 'MigrationError',
      help: expect.stringContaining('Nothing was changed'),
    });
    expect(error.message.split('\n  ').slice(1).sort()).toEqual([
      'column DashboardStatsCache.IsValid: The column is missing.',
      'column DashboardStatsCache.Statistics: It is json, where jsonb is needed.',
      'column DashboardStatsCache.Version: It is text, where integer is needed.',
      'column Projects.FtsValue: The column of the application is missing.',
      'column Projects.LastActivityAt: It is timestamp without time zone, where timestamp with time zone is needed.',
      'column Projects.Region: It is integer, where character varying(50) is needed.',
      'table ProjectRegions: It is not a table.',
    ]);
    expect(error.help).toContain('ALTER TABLE "public"."ProjectRegions" RENAME TO "ProjectRegions_other";');
    expect(await fingerprint(sql)).toEqual(before);
    expect(await sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(0);
  });

  it.each([
    ['"Region" text'],
    ['"Region" varchar'],
    ['"CompletionPercentage" numeric'],
    ['"CompletionPercentage" numeric(18,6)'],
    ['"WaterAuthority" varchar(255)'],
  ])('are none where EF Core made the column wider: %s', async (column) => {
    await sql.unsafe(`ALTER TABLE "Projects" ADD COLUMN ${column}`);
    await expect(migrate(sql, files)).resolves.toHaveLength(files.length);
  });

  it.each([
    '"Region" text[]',
    '"CompletionPercentage" double precision',
    '"Version" bigint',
    '"Province" jsonb',
    // What fits today need not tomorrow: a region of the guide's table may have 50 letters.
    '"Region" varchar(20)',
    '"CompletionPercentage" numeric(2,1)',
    '"CompletionPercentage" numeric(5,3)',
    '"CompletionPercentage" numeric(5,0)',
  ])('are refused where the column means something else: %s', async (column) => {
    await sql.unsafe(`ALTER TABLE "Projects" ADD COLUMN ${column}`);
    await expect(migrate(sql, files)).rejects.toThrow(/of another shape/);
  });

  it("in another schema of the search path are somebody else's", async () => {
    await sql.unsafe('CREATE SCHEMA other; CREATE TABLE other."DashboardStatsCache" ("Version" text)');
    await expect(migrate(sql, files)).resolves.toHaveLength(files.length);
  });
});
