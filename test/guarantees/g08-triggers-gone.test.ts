/** What shows when somebody disables or drops our triggers, and when they are back. */
import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { until } from '../support/application/projects.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { labelOf, NO_CACHE, readinessOf } from '../support/service/observing.ts';
import { type RunningService, runForTest } from '../support/service/running-service.ts';

const start = () => runForTest({ CRON_AUDIT: 'off' }, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));
const source = async (node: RunningService) => (await labelOf(node)).replace(/^.*detail=/, '');
/** Figures that a mark would have brought within milliseconds. */
const change = (node: RunningService) => node.sql`UPDATE "Projects" SET "TotalCapacityKw" = 4711`;

test.each<[string, string, (node: RunningService) => Promise<unknown>]>([
  [
    'disabled',
    'DISABLE TRIGGER dashboard_stats_mark',
    ({ sql }) => sql.unsafe('ALTER TABLE "Projects" ENABLE ALWAYS TRIGGER dashboard_stats_mark'),
  ],
  [
    'disabled for all but replicas',
    'ENABLE REPLICA TRIGGER dashboard_stats_mark',
    async ({ sql }) => migrate(sql, await loadMigrations()),
  ],
])(
  'a trigger that was %s is reported, answers are labelled, and all is exact and fresh once it is back',
  async (_, taken, giveBack) => {
    const node = await start();
    const beside = await runForTest({ CRON_AUDIT: 'off' }, undefined, { beside: node });
    const nodes = [node, beside];
    await expect.poll(() => Promise.all(nodes.map(source))).toEqual(['memory', 'memory']);
    await expect.poll(() => readinessOf(node)).toMatchObject({ status: 'ready' });

    await node.sql.unsafe(`ALTER TABLE "Projects" ${taken}`);
    const labelled = async () =>
      (await Promise.all(nodes.map(source))).every((one) => one === 'stale:triggers-lost');
    await until(labelled);
    expect(await readinessOf(beside)).toMatchObject({
      status: 'degraded',
      checks: { triggers: { detail: expect.stringContaining('Projects.dashboard_stats_mark') } },
    });
    await change(node);
    // What asks for the present gets it, and the label stays for what does not.
    const present = await node.get('/stats/global', NO_CACHE);
    expect((await present.json()).statistics.capacity.totalKw).toBe(50 * 4711);
    expect(await labelled()).toBe(true);
    await node.sql`UPDATE "Projects" SET "TotalCapacityKw" = 12`;
    for (const { warnings } of nodes)
      expect(warnings.filter((line) => line.includes('Triggers of dashboard-stats'))).toHaveLength(1);

    await giveBack(node);
    await until(async () => (await Promise.all(nodes.map(source))).every((one) => one === 'memory'));
    await expect.poll(() => readinessOf(node)).toMatchObject({ status: 'ready' });
    expect((await (await beside.get('/stats/global')).json()).statistics.capacity.totalKw).toBe(50 * 12);
    await expectOracleAgrees(node.sql);
    await change(node);
    await until(async () => {
      const { statistics } = await (await beside.get('/stats/global')).json();
      return statistics.capacity.totalKw === 50 * 4711;
    });
  },
);

test('everything is recomputed at the next start where the triggers came back while no node ran', async () => {
  const node = await start();
  await node.sql`ALTER TABLE "Projects" DISABLE TRIGGER dashboard_stats_mark`;
  await until(async () => (await source(node)) === 'stale:triggers-lost');
  await node.runtime.close();
  await change(node);
  await node.sql`ALTER TABLE "Projects" ENABLE ALWAYS TRIGGER dashboard_stats_mark`;
  const next = await runForTest({ CRON_AUDIT: 'off' }, undefined, { beside: node });
  await until(async () => (await source(next)) === 'memory');
  await expectOracleAgrees(node.sql);
});

test('a change shows that was made while a trigger was off within one transaction, or while no node ran', async () => {
  const node = await start();
  const unmarked = () =>
    node.sql.begin(async (tx) => {
      await tx`ALTER TABLE "Projects" DISABLE TRIGGER dashboard_stats_mark`;
      await tx`UPDATE "Projects" SET "TotalCapacityKw" = "TotalCapacityKw" + 1`;
      await tx`ALTER TABLE "Projects" ENABLE ALWAYS TRIGGER dashboard_stats_mark`;
    });
  await unmarked();
  await node.get('/stats/global', NO_CACHE);
  await expectOracleAgrees(node.sql);
  await node.runtime.close();
  await unmarked();
  const next = await runForTest({ CRON_AUDIT: 'off' }, undefined, { beside: node });
  await next.get('/stats/global', NO_CACHE);
  await expectOracleAgrees(node.sql);
});

test('triggers that were left out on purpose are no fault, and label nothing', async () => {
  const node = await start();
  // Nothing is left for the migration to take away.
  for (const { table, trigger } of await node.sql<{ table: string; trigger: string }[]>`
    SELECT tgrelid::regclass::text AS table, tgname AS trigger FROM pg_trigger WHERE tgname LIKE 'dashboard_stats%'`)
    await node.sql.unsafe(`DROP TRIGGER ${trigger} ON ${table}`);
  await until(async () => (await source(node)) === 'stale:triggers-lost');
  node.warnings.length = 0;
  await migrate(node.sql, await loadMigrations(), { triggers: false });
  await change(node);
  await expect
    .poll(() => readinessOf(node))
    .toMatchObject({
      status: 'ready',
      checks: { triggers: { status: 'warning' } },
    });
  await expect.poll(() => source(node)).toBe('memory');
  expect(node.warnings.join('')).not.toContain('Triggers of dashboard-stats');
});
