/** The audit detects what no mark said, names it, and has it repaired. */
import { beforeAll, expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { audit } from '../../src/engine/audit.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { allTestsGet } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';
import { tableInUse } from '../support/sql/cells.ts';

const { sql } = allTestsGet('migrated', (sql) => seedDemo(sql, { projects: 200, seed: 1 }));
/** The first and the last. */
let project: string;
let other: string;
const context = () => engineContext(sql);
const build = () => putCellsToUse(context());
/** A change that leaves no mark, as one does while somebody has the trigger disabled. */
async function unmarked(change: string, id: string): Promise<void> {
  await sql.unsafe(change, [id]);
  await sql`DELETE FROM dashboard_stats.marks`;
}

beforeAll(async () => {
  await build();
  const ids = await sql<{ id: string }[]>`
    SELECT "ProjectId" AS id FROM "Projects" WHERE "Region" = 'northern' ORDER BY 1`;
  [project, other] = [ids[0]?.id ?? '', ids.at(-1)?.id ?? ''];
});

const clean = { projects: [], documents: [], leftOut: 0 };

test('an audit finds nothing where everything is exact, also on the days after', async () => {
  expect(await audit(context())).toEqual(clean);
  await sql.unsafe(`UPDATE ${await tableInUse(sql, 'contributions')}
    SET event_days = '{2000-01-01}' || event_days, event_totals = '{7}' || event_totals`);
  expect(await audit(context())).toEqual(clean);
});

test.each([
  ['a project', 'UPDATE "Projects" SET "PvModuleCount" = 12345 WHERE "ProjectId" = $1'],
  [
    'its events',
    'UPDATE "ProjectActivityFeed" SET "AggregatedCount" = 1234, "CreatedAt" = now() WHERE "ProjectId" = $1',
  ],
  ['its end', 'DELETE FROM "Projects" WHERE "ProjectId" = $1'],
])(
  'an audit names %s that no mark was left for, with both values, and the refresh repairs it',
  async (_, change) => {
    await unmarked(change, project);
    const report = await audit(context());
    expect(report?.projects).toEqual([project]);
    expect(report?.documents.map((d) => d.key)).toEqual(
      expect.arrayContaining(['global', 'region:northern']),
    );
    for (const { kept, oracle } of report?.documents ?? []) expect(kept).not.toEqual(oracle);
    expect(await refresh(context())).toMatchObject({ outcome: 'done', marks: 1 });
    await build();
    expect(await audit(context())).toEqual(clean);
  },
);

test('cells that are wrong by themselves are built again', async () => {
  await sql.unsafe(`UPDATE ${await tableInUse(sql, 'totals')}
    SET "capacity.totalKw" = "capacity.totalKw" + 1 WHERE scope = 'global'`);
  await refresh(context(), { force: true });
  expect(await audit(context())).toMatchObject({ projects: [], documents: [{ key: 'global' }] });
  await refresh(context());
  expect(await audit(context())).toEqual(clean);
});

test('a document that somebody changed is repaired, and a contribution that disagrees with the cells spoils none', async () => {
  await build();
  await sql.unsafe(`UPDATE ${await tableInUse(sql, 'contributions')} SET revenue = revenue + 1
    WHERE project_id = (SELECT min("ProjectId"::text)::uuid FROM "Projects" WHERE "Region" = 'northern')`);
  await sql`UPDATE "DashboardStatsCache" SET "Statistics" = '{}' WHERE "CacheKey" = 'region:western'`;
  expect(await audit(context())).toMatchObject({
    projects: [expect.any(String)],
    documents: [{ key: 'region:western', kept: '{}' }],
  });
  await refresh(context());
  expect(await audit(context())).toEqual(clean);
  await build();
  expect(await audit(context())).toEqual(clean);
});

test('while changes never stop, an audit compares what is not marked, and the documents with the cells', async () => {
  // Never without a mark, as a snapshot taken at any time would see it.
  const amid = async () => {
    const kept = await tableInUse(sql, 'contributions');
    await sql`INSERT INTO dashboard_stats.marks VALUES (${other})`;
    await sql.unsafe(`UPDATE ${kept} SET kw = kw + 1 WHERE project_id = $1`, [other]);
    const report = await audit(context());
    await sql.unsafe(`UPDATE ${kept} SET kw = kw - 1 WHERE project_id = $1`, [other]);
    return report;
  };
  expect(await amid()).toEqual({ ...clean, leftOut: 1 });
  const [{ id }] = await sql<[{ id: string }]>`SELECT "ProjectId" AS id FROM "Projects" ORDER BY 1 LIMIT 1`;
  await unmarked('UPDATE "Projects" SET "PvModuleCount" = 54321 WHERE "ProjectId" = $1', id);
  await sql`UPDATE "DashboardStatsCache" SET "Statistics" = '{}' WHERE "CacheKey" = 'region:western'`;
  expect(await amid()).toMatchObject({
    projects: [id],
    documents: [{ key: 'region:western', kept: '{}' }],
    leftOut: 1,
  });
  await refresh(context());
  expect(await audit(context())).toEqual(clean);
});

test('an audit says that it could not compare where all projects are marked', async () => {
  await sql`INSERT INTO dashboard_stats.marks VALUES (NULL)`;
  expect(await audit(context())).toBeUndefined();
});
