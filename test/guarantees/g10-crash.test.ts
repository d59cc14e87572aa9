/** G10: kill -9 of a node or a crash of PostgreSQL, at any instant, loses nothing and leaves nothing that needs a hand. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Place } from '../chaos/cluster.ts';
import { Scene } from '../chaos/scene.ts';
import { until } from '../support/application/projects.ts';

/** CRASH_ROUNDS lengthens it. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
const timeout = 60_000 + ROUNDS * 120_000;
/** To be exact again, on a busy machine. */
const HEAL_MS = 60_000;

let scene: Scene;
/** The one that works is killed at its work; the other one follows it. */
let working: Place;
let following: Place;
beforeAll(async () => {
  const nodes = ['10', '2000'].map((poll) => ({
    ...{ POLL_INTERVAL_MS: poll, CRON_REFRESH_EXPIRED: 'off', CRON_AUDIT: 'off' },
  }));
  // So many projects that a build of cells takes a while.
  scene = await Scene.open({ seed: 1, projects: 2_000, nodes, readers: 3, administrators: 0, quiet: 1 });
  [working, following] = scene.cluster.places as [Place, Place];
}, 60_000);
afterAll(async () => {
  expect(await scene?.end()).toMatchObject({ violations: [], faults: [] });
}, 60_000);

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
  const [{ found }] = await scene.cluster.sql.unsafe<[{ found: boolean }]>(
    `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND granted AND ${locks}) AS found`,
  );
  return found;
}

test('a node killed at any point of its work loses nothing, and goes on when it is started again', {
  timeout,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, locks] of Object.entries(AT_WORK)) {
      await sleep(Math.random() * 200);
      if (what === 'build') await scene.cluster.sql`INSERT INTO dashboard_stats.marks VALUES (NULL)`;
      await until(() => isAtWork(locks), 20_000);
      await sleep(Math.random() * 10);
      await scene.cluster.restart(working);
      await scene.settle(HEAL_MS);
    }
    // At any moment of its life, the start included; the other one goes on without a restart.
    await scene.cluster.restart(following);
    await sleep(Math.random() * 3_000);
    await scene.cluster.restart(following);
    await scene.settle(HEAL_MS);
  }
});

test('a crash of PostgreSQL takes nothing that was acknowledged, and its nodes heal', {
  timeout,
}, async () => {
  for (let round = 0; round < 2 * ROUNDS; round++) {
    await sleep(200 + Math.random() * 1_000);
    await scene.cluster.restartServer('immediate');
    // Before and after healing: some is written on the recovered server.
    await sleep(200);
    await scene.settle(HEAL_MS);
  }
});
