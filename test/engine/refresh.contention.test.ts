/** A refresh that meets one serialization conflict after another: others issue revisions while it waits for the state row. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { databaseFailure } from '../../src/db/failures.ts';
import { transaction } from '../../src/db/transaction.ts';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { RefreshTimeoutError } from '../../src/errors.ts';
import { insertProject } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');
const context = () => engineContext(database.sql);

/** Two that take turns, so that a refresh that starts again finds the row locked again. */
async function keepIssuing(forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  const one = async () => {
    while (performance.now() < until)
      await transaction(database.sql, { isolation: 'read committed' }, async (tx) => {
        await tx`UPDATE dashboard_stats.state SET renewals = renewals + 1`;
        await sleep(10);
      });
  };
  await Promise.all([one(), one()]);
}

test('a refresh starts again for as long as it was given, and then does its work', async () => {
  await insertProject(database.sql);
  const issuing = keepIssuing(1_500);
  await sleep(50);
  expect(await refresh(context(), { withinMs: 20_000 })).toMatchObject({ outcome: 'done', revision: 1 });
  await issuing;
});

test.each(['WaterFacilityTypes', 'ProjectRegions', 'Projects'])(
  'a refresh does not mix what was there before a TRUNCATE of "%s" that it waited for with what is there after it',
  async (table) => {
    const { sql } = database;
    const keys = async () => {
      const [row] = await sql<[{ listed: string[]; kept: string[]; total: number }]>`
        SELECT array_agg("CacheKey" ORDER BY "CacheKey") FILTER (WHERE "CacheType" <> 'global') AS kept,
          (SELECT ARRAY(SELECT 'region:' || (item->>'name') FROM jsonb_array_elements("Statistics"->'breakdown'->'regions') item
                  UNION ALL
                  SELECT 'facility:' || (item->>'name') FROM jsonb_array_elements("Statistics"->'breakdown'->'facilities') item
                  ORDER BY 1)
            FROM "DashboardStatsCache" WHERE "CacheKey" = 'global') AS listed,
          (SELECT ("Statistics"->'totalProjects')::integer FROM "DashboardStatsCache" WHERE "CacheKey" = 'global') AS total
        FROM "DashboardStatsCache"`;
      return { ...row, listed: row.listed.filter((key) => !key.endsWith(':unassigned')) };
    };
    await insertProject(sql, { region: 'northern' });
    await refresh(context());
    await buildCells(context());
    await refresh(context());
    await insertProject(sql, { region: 'northern' });
    let truncated: () => void = () => {};
    const blocking = new Promise<void>((resolve) => (truncated = resolve));
    const taken = transaction(sql, { isolation: 'read committed' }, async (tx) => {
      await tx.unsafe(`TRUNCATE "${table}" CASCADE`);
      truncated();
      await sleep(400);
    });
    await blocking;
    await refresh(context());
    await taken;
    const { kept, listed, total } = await keys();
    expect(kept ?? []).toEqual(listed);
    expect(total).toBe(table === 'Projects' ? 0 : 2);
    expect(
      kept?.some((key) => key.startsWith(table === 'WaterFacilityTypes' ? 'facility:' : 'region:')) ?? false,
    ).toBe(table === 'Projects');
  },
);

test('a serialization conflict that stays is no failure of the service: readers get 503', async () => {
  const conflict = transaction(database.sql, { isolation: 'repeatable read' }, async (tx) => {
    await tx`SELECT FROM dashboard_stats.state`;
    await database.sql`UPDATE dashboard_stats.state SET renewals = renewals + 1`;
    await tx`UPDATE dashboard_stats.state SET renewals = renewals + 1`;
  });
  expect(await conflict.catch(databaseFailure)).toBeInstanceOf(RefreshTimeoutError);
});
