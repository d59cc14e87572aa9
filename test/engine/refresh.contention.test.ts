/** A refresh that meets one serialization conflict after another: others issue revisions while it waits for the state row. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { databaseFailure } from '../../src/db/failures.ts';
import { transaction } from '../../src/db/transaction.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { RefreshTimeoutError } from '../../src/errors.ts';
import { scopeName } from '../../src/stats/keys.ts';
import type { Statistics } from '../../src/stats/schema.ts';
import { insertProject } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';

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
    await insertProject(sql, { region: 'northern' });
    await putCellsToUse(context());
    await insertProject(sql, { region: 'northern' });
    let taken: Promise<unknown> = Promise.resolve();
    await new Promise<void>((truncated) => {
      taken = transaction(sql, { isolation: 'read committed' }, async (tx) => {
        await tx.unsafe(`TRUNCATE "${table}" CASCADE`);
        truncated();
        await sleep(400);
      });
    });
    // Forced, as only then it reads all of these tables.
    await refresh(context(), { force: true });
    await taken;
    const documents = await sql<{ key: string; type: string; statistics: Statistics }[]>`
      SELECT "CacheKey" AS key, "CacheType" AS type, "Statistics" AS statistics FROM "DashboardStatsCache"
      ORDER BY "CacheKey" COLLATE "C"`;
    const [global] = documents.filter(({ type }) => type === 'global').map(({ statistics }) => statistics);
    expect(global?.totalProjects).toBe(table === 'Projects' ? 0 : 2);
    for (const [type, listed = [], emptied] of [
      ['regional', global?.breakdown.regions, 'ProjectRegions'],
      ['facility', global?.breakdown.facilities, 'WaterFacilityTypes'],
    ] as const) {
      const kept = documents.filter((document) => document.type === type).map(({ key }) => scopeName(key));
      expect(kept.length === 0, type).toBe(table === emptied);
      expect(listed.map(({ name }) => name).filter((name) => name !== 'unassigned')).toEqual(kept);
    }
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
