/** Rows that an application left in "DashboardStatsCache" under our CacheTypes, before there was this service. */
import { expect, test } from 'vitest';
import { readTable } from '../../src/cache/read-table.ts';
import { audit } from '../../src/engine/audit.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { isPending } from '../../src/engine/sql/due-work.ts';
import { readStatus } from '../../src/service/status.ts';
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

test('a row without a key, where the column allows it, keeps no document from being renewed', async () => {
  const { sql } = database;
  const context = engineContext(sql);
  await refresh(context);
  await sql.unsafe(`
    ALTER TABLE "DashboardStatsCache" ALTER "CacheKey" DROP NOT NULL;
    INSERT INTO "DashboardStatsCache" ("CacheType", "CacheKey", "ExpiresAt") VALUES ('global', NULL, now() + INTERVAL '1 year');
    UPDATE "DashboardStatsCache" SET "IsValid" = false WHERE "CacheKey" = 'global'`);
  expect(await refresh(context)).toMatchObject({ outcome: 'done' });
  expect(await isPending(sql, context.timeZone)).toBe(false);
});

test.each(['infinity', '-infinity', '0001-01-01'])(
  'rows of ours with the times %s, from before the first start or from somebody since, are read and replaced',
  async (time) => {
    const { sql } = database;
    const context = engineContext(sql);
    await sql`
      INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt", "LastCalculated")
      VALUES ('global', 'global', ${time}::text::timestamptz, ${time}::text::timestamptz)`;
    expect(await refresh(context)).toMatchObject({ outcome: 'done' });
    await sql`
      UPDATE "DashboardStatsCache" SET "ExpiresAt" = ${time}::text::timestamptz, "LastCalculated" = ${time}::text::timestamptz`;
    const kept = (await readTable(sql, undefined))?.documents ?? [];
    expect(kept).toHaveLength(10);
    for (const { asOf, secondsLeft } of kept)
      expect([asOf.toISOString(), Number.isFinite(secondsLeft)]).toEqual([expect.any(String), true]);
    for (const { asOf, expiresAt } of (await readStatus(sql)).documents)
      expect([asOf.toISOString(), expiresAt.toISOString()]).toHaveLength(2);
    expect(await refresh(context, { force: true })).toMatchObject({ outcome: 'done' });
    expect(await audit(context)).toMatchObject({ documents: [] });
  },
);
