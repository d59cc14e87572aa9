/** What a database needs before the service can start on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { explainFailure } from '../db/explain-failure.ts';
import { isUnreachable } from '../db/failures.ts';
import { adaptToPooler } from '../db/pooler.ts';
import { DEMO_DAYS, insertDemoHistory } from '../demo/history.ts';
import { seedDemo } from '../demo/seed.ts';
import { requireTimeZone } from '../engine/transaction.ts';
import { classifyProjects } from '../jobs/classify.ts';
import type { Log } from '../log.ts';
import { loadMigrations, migrate } from '../schema/migrator.ts';
import { type OpenDatabase, requireMigrated } from './database.ts';
import { DEMO } from './demo.ts';

/** Between two tries. */
const RETRY_MS = 1_000;

/**
 * A database that does not answer at the start is waited for: meanwhile every answer is 503, and nothing needs a restart.
 *
 * @returns whether there is a pooler in transaction mode
 */
export async function prepareWhenReachable(
  config: Config,
  log: Log,
  db: OpenDatabase,
  stop: AbortSignal,
): Promise<boolean> {
  for (let reported = ''; ; ) {
    try {
      const [pooled] = await Promise.all([
        !db.embedded && adaptToPooler(db.sql, db.address),
        requireTimeZone(db.sql, config.STATS_TIME_ZONE),
      ]);
      await prepare(config, log, db);
      return pooled;
    } catch (error) {
      if (stop.aborted || !isUnreachable(error)) throw error;
      log.debug({ err: error }, 'The database does not answer yet.');
      const { message } = explainFailure(error, db.address) as Error;
      // Once, and once more where it is something else by now.
      if (message !== reported)
        process.stdout.write(`${message.replace(/\.$/, '')}; waiting. Ctrl-C stops.\n`);
      reported = message;
      await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

/** Migrates and fills the embedded database; requires that any other is migrated, or migrates it with AUTO_MIGRATE=1. */
async function prepare(config: Config, log: Log, db: OpenDatabase): Promise<void> {
  if (!db.embedded && config.AUTO_MIGRATE !== '1') return requireMigrated(db.sql);
  await migrate(db.sql, await loadMigrations(), {
    triggers: 'keep',
    onStep: ({ name, outcome, durationMs }) =>
      log.info({ file: name, outcome, durationMs }, 'A step of the migration is done.'),
    onWait: ({ name }, holders) =>
      log.warn({ file: name, holders }, 'A migration waits for a lock; it tries again.'),
  });
  if (!db.embedded) return;
  const [{ empty, first }] = await db.sql<[{ empty: boolean; first: boolean }]>`
    SELECT NOT EXISTS (SELECT FROM "Projects") AS empty, NOT EXISTS (SELECT FROM dashboard_stats.history) AS first`;
  if (!empty && !first) return;
  log.info(
    {},
    `The demo is being made: ${DEMO.projects} projects and their last ${DEMO_DAYS} days. It takes some seconds.`,
  );
  if (empty) await seedDemo(db.sql, DEMO);
  // Now, so that figures do not move by themselves later. A start that was cut short comes here again.
  await classifyProjects(db.sql);
  await insertDemoHistory(db.sql, config.STATS_TIME_ZONE);
}
