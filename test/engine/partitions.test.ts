/** Tables that are partitioned: what happens to a partition fires no trigger of its table (docs/adr/016). */
import { beforeEach, expect, test } from 'vitest';
import { audit } from '../../src/engine/audit.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { isPending } from '../../src/engine/sql/due-work.ts';
import { wasRewritten } from '../../src/engine/sql/files.ts';
import { storeActivities } from '../../src/engine/sql/store-activities.ts';
import { triggerState } from '../../src/engine/sql/trigger-state.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { preflight } from '../../src/schema/preflight.ts';
import { verify } from '../../src/schema/verify.ts';
import { insertProject } from '../support/application/projects.ts';
import { asEngine } from '../support/application/three-projects.ts';
import { expectExact } from '../support/oracle/exact.ts';
import { connectForTest, eachTestGets } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';
import { install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const database = eachTestGets('empty');
const { sql } = database;
let ids: string[];

/** The application's own tables, with 16 projects and two activities for each, in two partitions each. */
beforeEach(async () => {
  await install20(sql);
  await install21ByTheGuide(sql);
  await sql.unsafe(`
    ALTER TABLE "Projects" RENAME TO plain_projects;
    CREATE TABLE "Projects" (LIKE plain_projects INCLUDING DEFAULTS, PRIMARY KEY ("ProjectId")) PARTITION BY HASH ("ProjectId");
    CREATE TABLE projects_0 PARTITION OF "Projects" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE projects_1 PARTITION OF "Projects" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    DROP TABLE plain_projects CASCADE;
    ALTER TABLE "ProjectActivityFeed" RENAME TO plain_feed;
    CREATE TABLE "ProjectActivityFeed" (LIKE plain_feed INCLUDING DEFAULTS, PRIMARY KEY ("ActivityId", "CreatedAt"))
      PARTITION BY RANGE ("CreatedAt");
    CREATE TABLE feed_old PARTITION OF "ProjectActivityFeed" FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
    CREATE TABLE feed_new PARTITION OF "ProjectActivityFeed" FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
    DROP TABLE plain_feed CASCADE`);
  await migrate(sql, files);
  ids = [];
  for (let n = 0; n < 16; n++) ids.push(await insertProject(sql));
  await store(ids);
  await putCellsToUse(engineContext(sql));
});

const activity = (projectId: string, activityId: string = crypto.randomUUID()) => ({
  ...{ activityId, projectId, entityId: projectId, activityType: 'x', entityType: 'x', title: 'x' },
  ...{ description: 'x', performedByUserId: null, performedByUserName: null, activityData: '{}' },
  ...{ severity: 1, isVisible: true, createdAt: null },
});
const store = (projects: string[]) =>
  storeActivities(
    sql,
    projects.map((id) => activity(id)),
  );
async function figures(): Promise<{ projects: number; events: number }> {
  const [row] = await sql<[{ projects: number; events: number }]>`
    SELECT ("Statistics" ->> 'totalProjects')::integer AS projects,
      ("Statistics" #>> '{activity,eventsToday}')::integer AS events FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`;
  return row;
}

test('they are migrated, and neither preflight nor verify has anything against them', async () => {
  const checks = [...(await preflight(sql, files, { now: 0 })), ...(await verify(sql, files))];
  expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(await figures()).toEqual({ projects: 16, events: 16 });
});

test('a partition that is truncated, detached, attached or dropped shows with the next refresh', async () => {
  const context = engineContext(sql);
  const after = async (statement: string) => {
    await sql.unsafe(statement);
    expect(await isPending(sql, context.timeZone)).toBe(true);
    expect(await refresh(context)).toMatchObject({ plan: 'recompute' });
    await putCellsToUse(context);
    expect(await isPending(sql, context.timeZone)).toBe(false);
    expect(await audit(context)).toMatchObject({ projects: [], documents: [] });
    return figures();
  };
  expect(await after('ALTER TABLE "ProjectActivityFeed" DETACH PARTITION feed_new')).toEqual({
    projects: 16,
    events: 0,
  });
  const attach = `ALTER TABLE "ProjectActivityFeed" ATTACH PARTITION feed_new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)`;
  expect(await after(attach)).toEqual({ projects: 16, events: 16 });
  expect(await after('TRUNCATE feed_new')).toEqual({ projects: 16, events: 0 });
  const [{ kept }] = await sql<[{ kept: number }]>`SELECT count(*) AS kept FROM projects_1`;
  expect(
    await after('TRUNCATE "ProjectActivityFeed"; ALTER TABLE "Projects" DETACH PARTITION projects_0'),
  ).toEqual({
    projects: kept,
    events: 0,
  });
  expect(
    await after('ALTER TABLE "ProjectActivityFeed" DETACH PARTITION feed_old; DROP TABLE feed_new'),
  ).toMatchObject({
    events: 0,
  });
});

test('values that come by rewriting a table show with the next refresh', async () => {
  await sql`ALTER TABLE "ProjectActivityFeed" ALTER "AggregatedCount" TYPE integer USING "AggregatedCount" + 1`;
  await refresh(engineContext(sql));
  expect(await figures()).toEqual({ projects: 16, events: 32 });
});

test('values that come by another column of the same name show with the next refresh, without a table that is rewritten', async () => {
  await sql.unsafe(`
    ALTER TABLE "ProjectActivityFeed" DROP "AggregatedCount";
    ALTER TABLE "ProjectActivityFeed" ADD "AggregatedCount" integer NOT NULL DEFAULT 3`);
  await refresh(engineContext(sql));
  expect(await figures()).toEqual({ projects: 16, events: 48 });
  await sql`UPDATE "Projects" SET "FtsValue" = 1, "PqmValue" = 2`;
  await refresh(engineContext(sql));
  await sql.unsafe(`
    ALTER TABLE "Projects" RENAME "FtsValue" TO other;
    ALTER TABLE "Projects" RENAME "PqmValue" TO "FtsValue";
    ALTER TABLE "Projects" RENAME other TO "PqmValue"`);
  await refresh(engineContext(sql));
  await asEngine(sql, expectExact);
});

test.each(['TRUNCATE feed_new', 'ALTER TABLE "ProjectActivityFeed" DETACH PARTITION feed_old'])(
  'a refresh that began before %s starts again',
  async (statement) => {
    await asEngine(sql, async (tx) => {
      await tx`SELECT count(*) FROM "Projects"`;
      await connectForTest(database.url).unsafe(statement);
      expect(await wasRewritten(tx)).toBe(true);
    });
    expect(await asEngine(sql, wasRewritten)).toBe(false);
  },
);

test('our trigger that somebody disables on one partition is missed', async () => {
  expect(await triggerState(sql)).toEqual({ wanted: true, missing: [] });
  await sql`ALTER TABLE feed_new DISABLE TRIGGER dashboard_stats_mark`;
  expect(await triggerState(sql)).toMatchObject({ missing: ['feed_new.dashboard_stats_mark'] });
  await refresh(engineContext(sql));
  expect(await sql`SELECT marks_lost FROM dashboard_stats.state`).toMatchObject([{ marks_lost: true }]);
});

test('an activity that is sent twice, one after the other, at once or in one list, is stored once without a unique key', async () => {
  const sent = [activity(ids[0] ?? ''), activity(ids[1] ?? '')];
  const answers = await Promise.all([1, 2, 3, 4].map(() => storeActivities(sql, [...sent, ...sent])));
  expect(answers.flatMap(({ stored }) => stored).sort()).toEqual(
    sent.map(({ activityId }) => activityId).sort(),
  );
  expect(await storeActivities(sql, sent)).toMatchObject({ stored: [] });
  const kept = await sql`
    SELECT FROM "ProjectActivityFeed" WHERE "ActivityId" = ANY(${sent.map(({ activityId }) => activityId)}::uuid[])`;
  expect(kept).toHaveLength(2);
});
