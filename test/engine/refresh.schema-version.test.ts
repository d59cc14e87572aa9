/** A rolling upgrade: two versions of the service, of which the newer one has a figure more, on one database. */
import { afterEach, expect, test, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { SupersededError } from '../../src/errors.ts';
import { SCHEMA_VERSION } from '../../src/stats/schema.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { tableInUse } from '../support/sql/cells.ts';

const database = eachTestGets('migrated');
const context = () => engineContext(database.sql);
afterEach(() => vi.resetModules());

/** The engine of this version, or of a next one that also counts the projects on the map that are completed. */
async function engineOf(version: 'this' | 'next') {
  vi.resetModules();
  if (version === 'next') {
    vi.doMock('../../src/stats/schema.ts', async (original) => ({
      ...(await original<object>()),
      SCHEMA_VERSION: SCHEMA_VERSION + 1,
    }));
    vi.doMock('../../src/engine/figures.ts', async (original) => {
      const figures = await original<typeof import('../../src/engine/figures.ts')>();
      const added = { adds: 'sum', value: '1', where: 'mapped AND status = 2' } as const;
      return {
        ...figures,
        FIGURES: { ...figures.FIGURES, 'location.mappedCompleted': added },
        SUMS: [...figures.SUMS, { name: 'location.mappedCompleted', ...added }],
      };
    });
  }
  const { refresh } = await import('../../src/engine/refresh.ts');
  const { buildCells } = await import('../../src/engine/build.ts');
  const { audit } = await import('../../src/engine/audit.ts');
  vi.doUnmock('../../src/stats/schema.ts');
  vi.doUnmock('../../src/engine/figures.ts');
  return { refresh, buildCells, audit };
}

const documents = () => database.sql<{ key: string; version: number; added: number | null }[]>`
  SELECT "CacheKey" AS key, "Version" AS version, ("Statistics" #> '{location,mappedCompleted}')::integer AS added
  FROM "DashboardStatsCache" ORDER BY 1`;
const touch = () => database.sql`UPDATE "Projects" SET "Status" = 2, "Latitude" = 1, "Longitude" = 1`;

test('a node of a newer version computes every document again, builds cells of its shape, and folds into them', async () => {
  await seedDemo(database.sql, { projects: 50, seed: 1 });
  const older = await engineOf('this');
  await older.refresh(context());
  expect(await older.buildCells(context())).toBe(true);
  await older.refresh(context());
  const before = await documents();
  expect(before.every(({ added }) => added === null)).toBe(true);

  const newer = await engineOf('next');
  expect(await newer.refresh(context())).toMatchObject({ outcome: 'done', scanned: true });
  const after = await documents();
  expect(after.every(({ version, added }, i) => version > (before[i]?.version ?? 0) && added !== null)).toBe(
    true,
  );
  expect(await newer.buildCells(context())).toBe(true);
  await newer.refresh(context());
  await touch();
  expect(await newer.refresh(context())).toMatchObject({ outcome: 'done', scanned: false });
  expect((await documents()).find(({ key }) => key === 'global')?.added).toBe(50);
  expect(await newer.audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
});

test('a node of an older version leaves documents, cells and audits to the newer ones', async () => {
  await seedDemo(database.sql, { projects: 50, seed: 1 });
  const newer = await engineOf('next');
  await newer.refresh(context());
  expect(await newer.buildCells(context())).toBe(true);
  await newer.refresh(context());
  const before = await documents();
  const table = await tableInUse(database.sql, 'totals');

  const older = await engineOf('this');
  await touch();
  // Each version has loaded its own classes.
  await expect(older.refresh(context())).rejects.toMatchObject({ name: SupersededError.name });
  await expect(older.refresh(context(), { full: true })).rejects.toMatchObject({
    name: SupersededError.name,
  });
  await expect(older.audit(context())).rejects.toMatchObject({ name: SupersededError.name });
  expect(await older.buildCells(context())).toBe(false);
  expect(await documents()).toEqual(before);
  expect(await tableInUse(database.sql, 'totals')).toBe(table);
});
