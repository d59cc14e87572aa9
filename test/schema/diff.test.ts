/** The migration refuses a database whose objects have another shape, before it changes anything. */
import { describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { planMigration } from '../../src/schema/plan.ts';
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

  /** What is in the way of a migration where "Projects" has this column; migrate agrees with it (plan.test.ts). */
  async function collisionsWith(column: string): Promise<readonly string[]> {
    await sql.unsafe(`ALTER TABLE "Projects" ADD COLUMN ${column}`);
    const { collisions } = await planMigration(sql, files, { triggers: true });
    await sql.unsafe(`ALTER TABLE "Projects" DROP COLUMN ${column.split(' ')[0]}`);
    return collisions;
  }

  it('are none where EF Core made a column wider', async () => {
    for (const column of [
      ...['"Region" text', '"Region" varchar', '"WaterAuthority" varchar(255)'],
      ...['"CompletionPercentage" numeric', '"CompletionPercentage" numeric(18,6)'],
    ])
      expect(await collisionsWith(column), column).toEqual([]);
  });

  it('are in the way where a column means something else', async () => {
    for (const column of [
      ...[
        '"Region" text[]',
        '"Version" bigint',
        '"Province" jsonb',
        '"CompletionPercentage" double precision',
      ],
      // What fits today need not tomorrow: a region of the guide's table may have 50 letters.
      ...['"Region" varchar(20)', '"CompletionPercentage" numeric(2,1)'],
      ...['"CompletionPercentage" numeric(5,3)', '"CompletionPercentage" numeric(5,0)'],
    ])
      expect(await collisionsWith(column), column).toHaveLength(1);
  });

  it("in another schema of the search path are somebody else's", async () => {
    await sql.unsafe('CREATE SCHEMA other; CREATE TABLE other."DashboardStatsCache" ("Version" text)');
    await expect(migrate(sql, files)).resolves.toHaveLength(files.length);
  });
});
