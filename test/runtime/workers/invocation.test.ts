/** One invocation at the edge, on a real database; in workerd it is tested by test/worker/. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { DocumentMemory } from '../../../src/cache/memory.ts';
import type { Reading } from '../../../src/cache/reader.ts';
import { newStanding, type Standing } from '../../../src/cache/sync-state.ts';
import { readConfig } from '../../../src/config.ts';
import type { Sql } from '../../../src/db/connection.ts';
import { refresh } from '../../../src/engine/refresh.ts';
import { StreamHub } from '../../../src/http/stream/hub.ts';
import { StreamPlaces } from '../../../src/http/stream/places.ts';
import { followStreams } from '../../../src/runtime/workers/follow-streams.ts';
import { EdgeService } from '../../../src/runtime/workers/invocation.ts';
import { refreshContext } from '../../../src/service/refresher.ts';
import { GLOBAL_KEY } from '../../../src/stats/keys.ts';
import { insertProject } from '../../support/application/projects.ts';
import { eachTestGets, type TestDatabase } from '../../support/servers/database.ts';

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
  {
    sql = db.sql,
    standing = newStanding(),
    memory = new DocumentMemory(1_000_000),
    foldMs,
  }: { sql?: Sql; standing?: Standing; memory?: DocumentMemory; foldMs?: number } = {},
): EdgeService {
  return new EdgeService({
    sql,
    config: readConfig(environment),
    log,
    node: 'edge',
    now,
    observer: { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} },
    memory,
    standing,
    ...(foldMs ? { foldMs } : {}),
  });
}

const global = () => [GLOBAL_KEY];
const totalOf = ({ items: [item] }: Reading) => JSON.parse(item?.text ?? '').statistics.totalProjects;

/** The next read looks, as if its last look were long ago. */
const forget = (standing: Standing) => {
  standing.askedAt = standing.confirmedAt = Number.NEGATIVE_INFINITY;
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

test('a change that another node is about to fold is asked for again soon, and labelled if that takes long', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { standing });
  await service.read(global);
  forget(standing);
  await insertProject(db.sql);
  await db.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    expect(await service.read(global)).toMatchObject({ source: 'memory' });
    standing.takenInAt -= 62_000;
    const meanwhile = await service.read(global);
    expect(meanwhile.source).toBe('stale');
    expect(totalOf(meanwhile)).toBe(0);
  });
  await sleep(300);
  await service.read(global);
  await service.settled();
  const after = await service.read(global);
  expect(after.source).toBe('memory');
  expect(totalOf(after)).toBe(1);
});

test('what memory lacks for longer than is promised is labelled at once, however late it was found out', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { standing });
  await service.read(global);
  forget(standing);
  standing.takenInAt -= 3_600_000;
  await db.sql`UPDATE dashboard_stats.state SET as_of = as_of - INTERVAL '1 hour'`;
  await insertProject(db.sql);
  await db.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    expect(await service.read(global)).toMatchObject({ source: 'stale' });
  });
});

test('one slow connection says nothing of the database where another invocation was answered meanwhile', async () => {
  const shared = { standing: newStanding(), memory: new DocumentMemory(1_000_000) };
  const sql = beforeStatement(db.sql, /FROM dashboard_stats.marks/, () => sleep(1_500));
  const slow = invocation({ EDGE_FRESH_SECONDS: '0' }, { ...shared, sql });
  const reading = slow.read(global);
  await sleep(300);
  await invocation({ EDGE_FRESH_SECONDS: '0' }, shared).read(global);
  expect(await reading).toMatchObject({ source: 'memory' });
  expect(slow.databaseAway).toBe(false);
  await slow.settled();
});

test('a reading that nobody waits for any more keeps its connections until it ends', async () => {
  const service = invocation({});
  let ended = false;
  const reading = service.read(global, { minRevision: 999 }).catch(() => {
    ended = true;
  });
  await service.settled();
  expect(ended).toBe(true);
  await reading;
});

test('in the second half of EDGE_FRESH_SECONDS a reader has the next look made, and does not wait for it', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '1' }, { standing });
  await service.read(global);
  standing.askedAt = standing.confirmedAt = standing.lookBegunAt = now() - 600;
  await db.sql.begin(async (tx) => {
    await tx`LOCK TABLE dashboard_stats.marks`;
    expect(await service.read(global)).toMatchObject({ source: 'memory' });
  });
  const before = standing.confirmedAt;
  await service.settled();
  expect(standing.confirmedAt).toBeGreaterThan(before);
});

test('a question that is answered too late for its reader is acted upon nevertheless', async () => {
  const sql = beforeStatement(db.sql, /FROM dashboard_stats.marks/, () => sleep(1_200));
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { sql });
  await insertProject(db.sql);
  expect(totalOf(await service.read(global))).toBe(0);
  await service.settled();
  expect(totalOf(await service.read(global))).toBe(1);
});

test('whoever only looks does not put off the question for changes', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { standing });
  await service.read(global);
  await insertProject(db.sql);
  standing.askedAt = Number.NEGATIVE_INFINITY;
  standing.confirmedAt = now();
  expect(totalOf(await service.read(global))).toBe(1);
});

const tooLong = () => warnings.filter((line) => line.includes('Folding what changed failed')).length;
const slowDown = (table: string, seconds: number) =>
  db.sql.unsafe(`
    CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_sleep(${seconds}); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER UPDATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION slow()`);

test('what takes a reader’s fold too long is left to the tick, which waits for the row', async () => {
  await slowDown('"DashboardStatsCache"', 0.5);
  const off = { ENGINE: 'scan', CRON_REFRESH_EXPIRED: 'off', CRON_AUDIT: 'off', CRON_PURGE: 'off' };
  const service = invocation({ EDGE_FRESH_SECONDS: '0', ...off }, { foldMs: 300 });
  await insertProject(db.sql);
  for (let i = 0; i < 3; i++) {
    await service.read(global);
    await service.settled();
    await sleep(600);
  }
  expect(tooLong()).toBe(1);
  expect(await service.read(global)).toMatchObject({ source: 'stale' });
  const held = db.sql.begin(async (tx) => {
    await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
    // More than what others wait for a lock.
    await sleep(6_000);
  });
  await service.runDue(new Date());
  await held;
  expect(totalOf(await service.read(global))).toBe(1);
  expect(await service.read(global)).toMatchObject({ source: 'memory' });
});

test('one that takes too long altogether is known as such before it ends, as the platform may end it', async () => {
  await slowDown('"DashboardStatsCache"', 0.5);
  await slowDown('dashboard_stats.state', 0.5);
  const service = invocation({}, { foldMs: 600 });
  await insertProject(db.sql);
  await service.read(global);
  await sleep(700);
  expect(tooLong()).toBe(1);
  await service.settled();
  expect(totalOf(await service.read(global))).toBe(1);
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
    { log, now, places: new StreamPlaces(1, now) },
  );
  const stream = hub.open({ name: 'global', choose: global }, await service.read(global), undefined);
  await service.upToDate();
  await sleep(300);
  expect(reads).toBeLessThan(5);
  await stream.cancel();
});

test('a stream hears of what another invocation of the isolate has brought', async () => {
  const shared = { standing: newStanding(), memory: new DocumentMemory(1_000_000) };
  const streaming = invocation({ EDGE_FRESH_SECONDS: '60' }, shared);
  let heard = 0;
  await streaming.read(global);
  streaming.onChange(() => heard++);
  forget(shared.standing);
  await insertProject(db.sql);
  expect(totalOf(await invocation({ EDGE_FRESH_SECONDS: '60' }, shared).read(global))).toBe(1);
  expect(heard).toBe(0);
  await streaming.upToDate();
  await streaming.upToDate();
  expect(heard).toBe(1);
});

test('a stream ends in time, however seldom it looks', async () => {
  const service = invocation({ EDGE_FRESH_SECONDS: '60' });
  const hub = new StreamHub(service, { log, now, places: new StreamPlaces(1, now) });
  hub.open({ name: 'global', choose: global }, await service.read(global), undefined);
  const began = now();
  await followStreams(hub, service, { everyMs: 60_000, forMs: 200, now });
  expect(now() - began).toBeLessThan(10_000);
  expect(hub.size).toBe(0);
});

test('a database that nobody has asked for long does not count as away', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '60' }, { standing });
  await service.read(global);
  standing.confirmedAt -= 30_000;
  expect(service.databaseAway).toBe(false);
});

test('a question for changes that fails is told, and what is served meanwhile is labelled', async () => {
  const standing = newStanding();
  const service = invocation({ EDGE_FRESH_SECONDS: '0' }, { standing });
  expect(await service.read(global)).toMatchObject({ source: 'memory' });
  standing.takenInAt -= 2_000;
  await db.sql`UPDATE dashboard_stats.state SET as_of = as_of - INTERVAL '1 hour'`;
  await db.sql`ALTER TABLE dashboard_stats.marks RENAME TO away`;
  expect(await service.read(global)).toMatchObject({ source: 'stale' });
  expect(warnings.join()).toContain('Whether anything has changed could not be asked.');
  expect(service.schemaMissing).toBe(true);
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

test('a tick takes over a run that was started by hand, though the times of its job have been run', async () => {
  const service = invocation({ CRON_AUDIT: '* * * * *', CRON_REFRESH_EXPIRED: 'off', CRON_PURGE: 'off' });
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  await service.runDue(minute);
  await db.sql`
    INSERT INTO dashboard_stats.job_runs (job, scheduled_at, heartbeat_at, node)
    VALUES ('audit', ${new Date(minute.getTime() + 1_500)}, now() - INTERVAL '5 minutes', 'gone')`;
  await service.runDue(minute);
  expect(await db.sql`SELECT outcome, node FROM dashboard_stats.job_runs WHERE job = 'audit'`).toEqual([
    { outcome: 'succeeded', node: 'edge' },
    { outcome: 'succeeded', node: 'edge' },
  ]);
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
