/** One invocation at the edge, on a real database; in workerd it is tested by test/worker/. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import type { Reading } from '../../src/cache/reader.ts';
import { newStanding, type Standing } from '../../src/cache/standing.ts';
import { readConfig } from '../../src/config.ts';
import type { Sql } from '../../src/db/connection.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { StreamHub } from '../../src/http/stream/hub.ts';
import { EdgeService } from '../../src/service/edge.ts';
import { refreshContext } from '../../src/service/refresher.ts';
import { GLOBAL_KEY } from '../../src/stats/keys.ts';
import { eachTestGets, type TestDatabase } from '../support/database.ts';
import { insertProject } from '../support/projects.ts';

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

function invocation(
  environment: Record<string, string>,
  { sql = db.sql, standing = newStanding() } = {},
): EdgeService {
  return new EdgeService({
    sql,
    config: readConfig(environment),
    log,
    node: 'edge',
    now,
    observer: { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} },
    memory: new DocumentMemory(1_000_000),
    standing,
  });
}

const global = () => [GLOBAL_KEY];
const totalOf = ({ items: [item] }: Reading) => JSON.parse(item?.text ?? '').statistics.totalProjects;

/** The next read looks, as if its last look were long ago. */
const forget = (standing: Standing) => {
  standing.confirmedAt = Number.NEGATIVE_INFINITY;
};

test('what another node folds while one asks is in the answer', async () => {
  const standing = newStanding();
  const folding = async () => {
    await insertProject(db.sql);
    await refresh(refreshContext(db.sql, readConfig({})));
  };
  const sql = beforeStatement(db.sql, /FROM dashboard_stats.marks/, folding);
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { sql, standing });
  expect(totalOf(await service.read(global))).toBe(1);
});

test('a change that another node is about to fold is asked for again soon, and what is served until then is labelled', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { standing });
  expect(await service.read(global)).toMatchObject({ source: 'memory' });
  forget(standing);
  await insertProject(db.sql);
  await db.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    const meanwhile = await service.read(global);
    expect(meanwhile.source).toBe('stale');
    expect(totalOf(meanwhile)).toBe(0);
  });
  await sleep(300);
  const after = await service.read(global);
  expect(after.source).toBe('memory');
  expect(totalOf(after)).toBe(1);
});

test('in the second half of EDGE_FRESH_SECONDS a reader has the next look made, and does not wait for it', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '1' }, { standing });
  await service.read(global);
  standing.confirmedAt = standing.lookBegunAt = now() - 600;
  await db.sql.begin(async (tx) => {
    await tx`LOCK TABLE dashboard_stats.marks`;
    expect(await service.read(global)).toMatchObject({ source: 'memory' });
  });
  const before = standing.confirmedAt;
  await service.settled();
  expect(standing.confirmedAt).toBeGreaterThan(before);
});

test('a fold that a reader began is bounded, one that scans too; a tick may scan for long', async () => {
  await db.sql.unsafe(`
    CREATE TABLE bounds (ms text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO public.bounds VALUES (current_setting('statement_timeout')); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER UPDATE ON "DashboardStatsCache" FOR EACH STATEMENT EXECUTE FUNCTION note()`);
  const bounds = async () => (await db.sql<{ ms: string }[]>`SELECT ms FROM bounds`).map(({ ms }) => ms);
  const service = invocation({ ENGINE: 'scan', EDGE_FRESH_SECONDS: '0' });
  await insertProject(db.sql);
  await service.read(global);
  await service.settled();
  expect(await bounds()).toEqual(['20s']);
  await insertProject(db.sql);
  await service.runDue(new Date());
  expect(await bounds()).toEqual(['20s', '1min']);
});

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

/** A connection on which `work` is done, once, before the first statement that matches. */
function beforeStatement(sql: Sql, statement: RegExp, work: () => Promise<void>): Sql {
  let done = false;
  return new Proxy(sql, {
    apply(target, self, [strings, ...values]) {
      const run = () => Reflect.apply(target, self, [strings, ...values]);
      if (done || !Array.isArray(strings) || !statement.test(strings.join(''))) return run();
      done = true;
      return work().then(run);
    },
  });
}
