/** One invocation at the edge, on a real database; in workerd it is tested by test/worker/. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import { newStanding } from '../../src/cache/standing.ts';
import { readConfig } from '../../src/config.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { StreamHub } from '../../src/http/stream/hub.ts';
import { EdgeService } from '../../src/service/edge.ts';
import { refreshContext } from '../../src/service/refresher.ts';
import { GLOBAL_KEY } from '../../src/stats/keys.ts';
import { eachTestGets, type TestDatabase } from '../support/database.ts';

const warnings: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
const now = () => performance.now();

let db: TestDatabase;
eachTestGets('migrated', (made) => {
  db = made;
});
beforeEach(async () => {
  warnings.length = 0;
  await refresh(refreshContext(db.sql, readConfig({})));
});

function invocation(environment: Record<string, string>): EdgeService {
  return new EdgeService({
    sql: db.sql,
    config: readConfig(environment),
    log,
    node: 'edge',
    now,
    observer: { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} },
    memory: new DocumentMemory(1_000_000),
    standing: newStanding(),
  });
}

const global = () => [GLOBAL_KEY];

test('a stream on which nothing happens does not look by itself, with EDGE_FRESH_SECONDS=0 either', async () => {
  const service = invocation({ EDGE_FRESH_SECONDS: '0' });
  let reads = 0;
  const hub = new StreamHub(
    {
      read: (choose) => {
        reads++;
        return service.read(choose);
      },
      onChange: (listener) => service.onChange(listener),
    },
    { log, now, maxStreams: 1 },
  );
  const stream = hub.open({ name: 'global', choose: global }, await service.read(global), undefined);
  await service.upToDate();
  await sleep(300);
  expect(reads).toBeLessThan(5);
  await stream.cancel();
});

test('a question for changes that fails is told, and what is served meanwhile is labelled', async () => {
  const service = invocation({ EDGE_FRESH_SECONDS: '0' });
  expect(await service.read(global)).toMatchObject({ source: 'memory' });
  await db.sql`ALTER TABLE dashboard_stats.marks RENAME TO away`;
  expect(await service.read(global)).toMatchObject({ source: 'stale' });
  expect(warnings.join()).toContain('Whether anything has changed could not be asked.');
});

test('a tick takes over a run that lost its node though its job is off, and folds what nobody has read', async () => {
  const service = invocation({ CRON_CLASSIFY: 'off', CRON_REFRESH_EXPIRED: 'off' });
  await db.sql`
    INSERT INTO dashboard_stats.job_runs (job, scheduled_at, started_at, heartbeat_at, node)
    SELECT 'classify', t, t, t, 'gone' FROM (SELECT date_trunc('second', now() - INTERVAL '5 minutes') AS t) long_ago`;
  await db.sql`INSERT INTO dashboard_stats.marks VALUES (gen_random_uuid())`;
  await service.runDue(new Date());
  expect(await db.sql`SELECT outcome FROM dashboard_stats.job_runs WHERE job = 'classify'`).toEqual([
    { outcome: 'succeeded' },
  ]);
  expect(await db.sql`SELECT FROM dashboard_stats.marks`).toHaveLength(0);
});

test('one for another time zone does not compute everything anew', async () => {
  const service = invocation({ STATS_TIME_ZONE: 'Europe/Berlin' });
  await expect(service.recompute({ full: true })).rejects.toThrow(/kept for the time zone Asia\/Bangkok/);
});
