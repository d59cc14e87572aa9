/** Rows that an application left in "DashboardStatsCache" under our CacheTypes, before there was this service. */
import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { isPending } from '../../src/engine/sql/due-work.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');

test('an invalid and expired row of a key that is no scope asks for nothing and is left alone', async () => {
  const { sql } = database;
  const context = engineContext(sql);
  const old = () => sql`SELECT * FROM "DashboardStatsCache" WHERE "CacheKey" = 'regional_northern'`;
  await sql`
    INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "Statistics", "ExpiresAt", "IsValid")
    VALUES ('regional_northern', 'regional', '{"old": true}', now() - INTERVAL '1 year', false)`;
  const before = await old();
  expect(await refresh(context)).toMatchObject({ outcome: 'done' });
  expect(await isPending(sql, context.timeZone)).toBe(false);
  expect(await refresh(context)).toMatchObject({ outcome: 'idle' });
  expect(await old()).toEqual(before);
});
