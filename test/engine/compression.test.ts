import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');

test('large documents are compressed by lz4 where the server has it', async () => {
  const { sql } = database;
  await sql`
    INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName")
    SELECT 'n' || i, 'N' FROM generate_series(1, 100) i`;
  await refresh(engineContext(sql));
  const [{ hasLz4 }] = await sql<[{ hasLz4: boolean }]>`
    SELECT 'lz4' = ANY(enumvals) AS "hasLz4" FROM pg_settings WHERE name = 'default_toast_compression'`;
  const [kept] = await sql`
    SELECT pg_column_compression("Statistics") AS by FROM "DashboardStatsCache" WHERE "CacheKey" = 'global'`;
  expect(kept).toEqual({ by: hasLz4 ? 'lz4' : 'pglz' });
});
