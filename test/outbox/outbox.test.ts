/** The outbox of running nodes: nobody calls it, and it keeps its pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { notifications, takePending } from '../support/application/hub.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { type RunningService, runForTest } from '../support/service/running-service.ts';

const total = async ({ sql }: RunningService) =>
  (await notifications(sql)).filter(({ group }) => group === 'all_users').at(-1)?.data.totalProjects;

test('two nodes under a stream of changes write each group once a second at most, and the last state at last', async () => {
  const one = await runForTest();
  await runForTest({}, undefined, { beside: one });
  const { sql } = one;
  const hub = { sent: 0, over: false };
  const sending = (async () => {
    while (!hub.over) {
      await takePending(sql, async (rows) => (hub.sent += rows.length));
      await sleep(20);
    }
  })();
  const groups = ['all_users', 'region_northern', 'region_western'];
  const timesOf = async () => {
    const written = await notifications(sql);
    return groups.map((name) =>
      written.filter(({ group }) => group === name).map(({ createdAt }) => createdAt.getTime()),
    );
  };
  let inserted = 0;
  await until(async () => {
    await insertProject(sql, { region: inserted++ % 2 ? 'northern' : 'western' });
    return (await timesOf()).every((times) => times.length >= 4);
  }, 20_000);
  await until(async () => (await total(one)) === inserted);
  hub.over = true;
  await sending;
  for (const times of await timesOf())
    for (const [i, time] of times.slice(1).entries())
      expect(time - (times[i] ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(hub.sent).toBeGreaterThan(10);
  // The first refresh writes one, and then one follows in ten seconds, however many refreshes there are.
  const events = await sql<{ before: boolean }[]>`
    SELECT "CreatedAt" < lag("CreatedAt") OVER (ORDER BY "CreatedAt") + INTERVAL '10 seconds' AS before FROM "RealTimeEventsLog"`;
  expect(events.length).toBeGreaterThan(0);
  expect(events.filter(({ before }) => before)).toEqual([]);
});

test('the last change of several within a second is announced although none follows', async () => {
  const node = await runForTest();
  await until(async () => (await total(node)) === 0);
  for (let i = 1; i <= 3; i++) {
    await insertProject(node.sql);
    await node.get('/stats/global', { 'Cache-Control': 'no-cache' });
  }
  await until(async () => (await total(node)) === 3);
});

test('a change of a command, which has no outbox of its own, is announced by a node', async () => {
  const node = await runForTest({ POLL_INTERVAL_MS: '60000' });
  await until(async () => (await total(node)) === 0);
  await insertProject(node.sql);
  await refresh(engineContext(node.sql));
  await until(async () => (await total(node)) === 1);
});

test('tables that the service may not write cost a warning and no statistics; queued rows are delivered once it may', async () => {
  const node = await runForTest({}, (sql) => sql`ALTER TABLE "RealTimeNotifications" RENAME TO "Elsewhere"`);
  await insertProject(node.sql);
  await until(async () => (await (await node.get('/stats/global')).json()).statistics.totalProjects === 1);
  await until(async () => node.warnings.some((line) => line.includes('real-time tables')));
  await node.sql`ALTER TABLE "Elsewhere" RENAME TO "RealTimeNotifications"`;
  await until(async () => (await total(node)) === 1);
});
