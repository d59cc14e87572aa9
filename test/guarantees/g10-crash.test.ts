/** G10: kill -9 of a node or a crash of PostgreSQL, at any instant, loses nothing and leaves nothing that needs a hand. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/application/projects.ts';
import { CrashScene } from '../support/histories/crash-scene.ts';

/** CRASH_ROUNDS lengthens it. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
const timeout = 60_000 + ROUNDS * 120_000;

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
}, 60_000);
afterAll(() => scene.close(), 60_000);

/** What a refresh is at, told by the locks that it holds, whatever its statements look like. */
const AT_WORK = {
  fold: `relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'dashboard_stats'::regnamespace AND relname ~ '^totals_')
    AND mode = 'RowExclusiveLock'`,
  // On a table that is being created, and so not to be seen by others.
  build: `mode = 'AccessExclusiveLock' AND relation NOT IN (SELECT oid FROM pg_class)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  store: `relation = '"DashboardStatsCache"'::regclass AND mode = 'RowExclusiveLock'`,
};
async function isAtWork(locks: string): Promise<boolean> {
  const [{ found }] = await scene.sql.unsafe<[{ found: boolean }]>(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND granted AND ${locks}) AS found`,
  );
  return found;
}

test('a node killed at any point of its work loses nothing, and the next one goes on', {
  timeout,
}, async () => {
  let node = await scene.serveReady();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, locks] of Object.entries(AT_WORK)) {
      scene.load.start();
      await sleep(Math.random() * 200);
      if (what === 'build') await scene.sql`INSERT INTO dashboard_stats.marks VALUES (NULL)`;
      await until(() => isAtWork(locks), 20_000);
      await sleep(Math.random() * 10);
      await node.kill();
      node = await scene.serveReady();
      await scene.expectHealed();
    }
    // At any moment of its life, the start included; the other one goes on without a restart.
    const other = await scene.serve();
    scene.load.start();
    await sleep(Math.random() * 5_000);
    await other.kill();
    await scene.expectHealed();
  }
  await node.kill();
  expect(scene.versions.size).toBeGreaterThan(ROUNDS);
});

test('a crash of PostgreSQL takes nothing that was acknowledged, and its nodes heal', {
  timeout,
}, async () => {
  const node = await scene.serveReady();
  for (let round = 0; round < 2 * ROUNDS; round++) {
    scene.load.start();
    await sleep(200 + Math.random() * 1_000);
    await scene.crashServer();
    // Before and after healing: some is written on the recovered server.
    await sleep(200);
    await scene.expectHealed();
  }
  await node.kill();
  expect(scene.load.acknowledged.length).toBeGreaterThan(ROUNDS);
});
