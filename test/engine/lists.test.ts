/** Lists: what an item says, and that all projects answer as the cells do. Their order is compared in g01-exact. */
import { beforeEach, expect, test } from 'vitest';
import { buildCells } from '../../src/engine/build.ts';
import { type ListQuery, readList } from '../../src/engine/lists.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { LISTS, type ListName } from '../../src/stats/lists.ts';
import { insertProject } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');
const context = () => engineContext(database.sql);

async function list(name: ListName, query: Partial<ListQuery> = {}) {
  const page = await readList(context(), {
    list: name,
    key: 'global',
    limit: 100,
    after: undefined,
    ...query,
  });
  return { ...page, items: (page?.items ?? []).map((item) => JSON.parse(item)) };
}

/** A project with days counted from today. */
async function insert(
  values: Parameters<typeof insertProject>[1],
  days: { due?: number; end?: number; start?: number; active?: number } = {},
): Promise<string> {
  const { sql } = database;
  const id = await insertProject(sql, values);
  const day = (n: number | undefined) => (n === undefined ? null : new Date(Date.now() + n * 86_400_000));
  await sql`UPDATE "Projects" SET "EstimatedEndDate" = ${day(days.due)}, "ActualEndDate" = ${day(days.end)},
    "StartDate" = ${day(days.start ?? -300)}, "LastActivityAt" = ${day(days.active)} WHERE "ProjectId" = ${id}`;
  return id;
}

beforeEach(async () => {
  const { sql } = database;
  await sql`UPDATE "WaterFacilityTypes" SET "Authority" = ' PWA ' WHERE "FacilityTypeName" = 'reservoir'`;
});

test('an item says what the project is, and how late', async () => {
  const { sql } = database;
  const id = await insert({ region: 'NORTHERN', facility: 'reservoir', status: 1 }, { due: -12, active: -2 });
  await sql`UPDATE "Projects" SET "ProjectName" = '<b>', "Province" = 'เชียงใหม่', "Team" = 'A',
    "CompletionPercentage" = 12.50 WHERE "ProjectId" = ${id}`;
  await putCellsToUse(context());
  const { items, total, next } = await list('overdue', { key: 'region:northern' });
  const day = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/);
  expect(items).toEqual([
    {
      projectId: id,
      name: '<b>',
      province: 'เชียงใหม่',
      region: 'northern',
      facilityType: 'reservoir',
      authority: 'PWA',
      team: 'A',
      status: 'inProgress',
      completion: 12.5,
      start: day,
      due: day,
      end: null,
      daysLate: 12,
      daysLeft: null,
      lastActivity: day,
    },
  ]);
  expect({ total, next }).toEqual({ total: 1, next: undefined });
});

test('the authority of the project comes before that of its facility type', async () => {
  const { sql } = database;
  const id = await insert({ facility: 'RESERVOIR' }, { due: -1 });
  await sql`UPDATE "Projects" SET "WaterAuthority" = ' MWA' WHERE "ProjectId" = ${id}`;
  await refresh(context());
  expect((await list('overdue')).items).toMatchObject([
    { authority: 'MWA', facilityType: 'reservoir', region: 'unknown' },
  ]);
});

test.each([
  [
    'an open project that is due today has 0 days left',
    { status: 1, due: 0 },
    'dueNext30Days',
    { daysLate: null, daysLeft: 0 },
  ],
  [
    'one that was completed late says by how much',
    { status: 2, due: -9, end: -2 },
    'recentlyCompleted',
    { daysLate: 7, daysLeft: null },
  ],
  [
    'one that was completed in time is not late',
    { status: 2, due: -2, end: -9 },
    'recentlyCompleted',
    { daysLate: null, daysLeft: null },
  ],
  [
    'one that is cancelled is not late',
    { status: 4, due: -9, active: 0 },
    'recentlyActive',
    { daysLate: null, daysLeft: null },
  ],
] as const)('%s', async (_, { status, ...days }, name, item) => {
  await insert({ status }, days);
  await refresh(context());
  expect((await list(name)).items).toMatchObject([item]);
});

test('lists from the cells and from all projects are the same, page by page', async () => {
  for (let n = 0; n < 12; n++)
    await insert(
      { region: n % 2 ? 'northern' : null, facility: n % 3 ? 'reservoir' : 'nowhere', status: n % 4 },
      { due: (n % 5) - 2, end: -(n % 3), start: n % 6, active: -(n % 4) },
    );
  await putCellsToUse(context());
  const all = async () => {
    const lists = [];
    for (const name of Object.keys(LISTS) as ListName[])
      for (const key of ['global', 'region:northern', 'region:unknown', 'facility:reservoir']) {
        const first = await list(name, { key, limit: 2 });
        lists.push([
          name,
          key,
          first,
          first.next && (await list(name, { key, limit: 2, after: first.next })),
        ]);
      }
    return lists;
  };
  const fromCells = await all();
  await database.sql`UPDATE dashboard_stats.state SET generation = 0`;
  expect(await all()).toEqual(fromCells);
  expect(fromCells.filter(([, , , second]) => second).length).toBeGreaterThan(8);
});

test('cells that no refresh has brought up to date since their build are left aside', async () => {
  await insert({ status: 1 }, { due: -1 });
  await refresh(context());
  await buildCells(context());
  // As if the change had come after the snapshot of the build.
  await database.sql`DELETE FROM ${database.sql(`dashboard_stats.contributions_1`)}`;
  expect(await list('overdue')).toMatchObject({ total: 1, items: [{ daysLate: 1 }] });
});

test('cells that cannot be used are left aside', async () => {
  await insert({ status: 1 }, { due: -1 });
  await putCellsToUse(context());
  await database.sql`UPDATE dashboard_stats.state SET generation = 99`;
  expect((await list('overdue')).items).toHaveLength(1);
});

test('there is no list of a scope without a valid document', async () => {
  await refresh(context());
  await database.sql`UPDATE "DashboardStatsCache" SET "IsValid" = false`;
  expect(
    await readList(context(), { list: 'overdue', key: 'global', limit: 1, after: undefined }),
  ).toBeUndefined();
});
