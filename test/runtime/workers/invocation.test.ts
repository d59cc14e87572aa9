/** One invocation on Workers, on a real database; in workerd it is tested by test/worker/. */
import { pino } from 'pino';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DocumentMemory } from '../../../src/cache/memory.ts';
import type { Reading } from '../../../src/cache/reader.ts';
import { newSyncState, type SyncState } from '../../../src/cache/sync-state.ts';
import { readConfig } from '../../../src/config.ts';
import type { Sql } from '../../../src/db/connection.ts';
import { refresh } from '../../../src/engine/refresh.ts';
import { StreamBroadcast, type StreamSource } from '../../../src/http/stream/broadcast.ts';
import { StreamPlaces } from '../../../src/http/stream/places.ts';
import { BodySink } from '../../../src/http/stream/sink.ts';
import { followStreams } from '../../../src/runtime/workers/follow-streams.ts';
import { Invocation } from '../../../src/runtime/workers/invocation.ts';
import { refreshContext } from '../../../src/service/contexts.ts';
import { GLOBAL_KEY } from '../../../src/stats/keys.ts';
import { insertProject } from '../../support/application/projects.ts';
import { eachTestGets } from '../../support/servers/database.ts';
import { GLOBAL } from '../../support/service/stream-source.ts';
import { noteBounds } from '../../support/sql/bounds.ts';

const warnings: string[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
const now = () => performance.now();

const db = eachTestGets('migrated');
beforeEach(async () => {
  warnings.length = 0;
  await refresh(refreshContext(db.sql, readConfig({})));
});

interface Shared {
  sql?: Sql;
  state?: SyncState;
  memory?: DocumentMemory;
}

function open(environment: Record<string, string> = {}, shared: Shared = {}, tick = false): Invocation {
  return new Invocation({
    sql: db.sql,
    config: readConfig(environment),
    log,
    node: 'workers',
    now,
    observer: { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} },
    memory: new DocumentMemory(1_000_000),
    ...shared,
    tick,
  });
}
/** The question whether anything has changed. */
const ASKING = /SELECT EXISTS \(SELECT FROM dashboard_stats.marks\)/;
/** With time enough for a busy machine. */
const MINUTE = { EDGE_FRESH_SECONDS: '60', REFRESH_SOFT_TIMEOUT_MS: '4000' };
const ALWAYS = { EDGE_FRESH_SECONDS: '0' };

const global = () => [GLOBAL_KEY];
const totalOf = ({ items: [item] }: Reading) => JSON.parse(item?.text ?? '').statistics.totalProjects;

/** As if what memory holds were of long ago. */
function growOld({ state }: { state: SyncState }): void {
  state.syncedAt = state.caughtUpAt = state.catchUpBegunAt = now() - 3_600_000;
}
/** As if nobody had refreshed for long either. */
const refreshedLongAgo = () => db.sql`UPDATE dashboard_stats.state SET as_of = as_of - INTERVAL '1 hour'`;

describe('a read', () => {
  test('of memory that is young enough asks the database nothing', async () => {
    const { service } = open(MINUTE);
    await service.read(global);
    await insertProject(db.sql);
    const reading = await service.read(global);
    expect([reading.source, totalOf(reading)]).toEqual(['memory', 0]);
  });

  test('of older memory refreshes first what has changed', async () => {
    const { service } = open(MINUTE);
    await service.read(global);
    growOld(service);
    await insertProject(db.sql);
    const reading = await service.read(global);
    expect([reading.source, totalOf(reading)]).toEqual(['memory', 1]);
  });

  test('answers with what another node refreshes while it asks', async () => {
    const refreshing = async () => {
      await insertProject(db.sql);
      await refresh(refreshContext(db.sql, readConfig({})));
    };
    const sql = beforeStatement(db.sql, ASKING, refreshing);
    expect(totalOf(await open(MINUTE, { sql }).service.read(global))).toBe(1);
  });

  test('answers labelled from memory where the refresh takes too long, and the refresh goes on behind the answer', async () => {
    const invocation = open({ EDGE_FRESH_SECONDS: '60', REFRESH_SOFT_TIMEOUT_MS: '250' });
    const { service } = invocation;
    await service.read(global);
    growOld(service);
    await refreshedLongAgo();
    await insertProject(db.sql);
    await db.sql.begin(async (tx) => {
      await tx`SELECT FROM dashboard_stats.state FOR UPDATE`;
      const meanwhile = await service.read(global);
      expect([meanwhile.source, totalOf(meanwhile)]).toEqual(['stale', 0]);
    });
    await invocation.settled();
    const after = await service.read(global);
    expect([after.source, totalOf(after)]).toEqual(['memory', 1]);
  });

  test('waits for what another invocation of the isolate is about to bring, and asks nothing itself', async () => {
    const shared = { state: newSyncState(), memory: new DocumentMemory(1_000_000) };
    await open(MINUTE, shared).service.read(global);
    growOld(shared);
    await refreshedLongAgo();
    await insertProject(db.sql);
    let asked = 0;
    const sql = beforeStatement(db.sql, ASKING, async () => {
      asked++;
    });
    const readings = await Promise.all(
      Array.from({ length: 20 }, () => open(MINUTE, { ...shared, sql }).service.read(global)),
    );
    expect(readings.map(totalOf)).toEqual(Array(20).fill(1));
    expect(asked).toBe(1);
  });

  test('tries again a second after a failure, not sooner; the failure is logged and the answers are labelled', async () => {
    const { service } = open(ALWAYS);
    await service.read(global);
    growOld(service);
    await refreshedLongAgo();
    await db.sql`ALTER TABLE dashboard_stats.marks RENAME TO away`;
    for (let reads = 0; reads < 3; reads++)
      expect(await service.read(global)).toMatchObject({ source: 'stale' });
    expect(warnings.filter((line) => line.includes('What has changed could not be refreshed'))).toHaveLength(
      1,
    );
    expect(service.isBehind).toBe(true);
    await db.sql`ALTER TABLE dashboard_stats.away RENAME TO marks`;
    service.state.refreshFailedAt -= 1_000;
    expect(await service.read(global)).toMatchObject({ source: 'memory' });
  });

  test('that nobody waits for any more keeps its connections until it ends', async () => {
    const invocation = open();
    let ended = false;
    const reading = Promise.resolve(invocation.service.read(global, { minRevision: 999 })).catch(() => {
      ended = true;
    });
    await invocation.settled();
    expect(ended).toBe(true);
    await reading;
  });
});

test('a database that nobody has asked for long does not count as away', async () => {
  const { service } = open(MINUTE);
  await service.read(global);
  service.state.syncedAt -= 30_000;
  expect(service.databaseAway).toBe(false);
});

test('a refresh for a reader is bounded by the hard timeout; a tick may scan for long, and waits longer for others', async () => {
  const bounds = await noteBounds(db.sql);
  const scanning = { ...ALWAYS, ENGINE: 'scan' };
  await insertProject(db.sql);
  const invocation = open(scanning);
  await invocation.service.read(global);
  await invocation.settled();
  await insertProject(db.sql);
  await open(scanning, {}, true).runDue(new Date());
  expect(await bounds()).toEqual([
    { statement: '5s', lock: '5s' },
    { statement: '1min', lock: '30s' },
  ]);
});

describe('a stream', () => {
  /** With one client, of the document `global`. */
  async function streamOf(source: StreamSource): Promise<StreamBroadcast> {
    const streams = new StreamBroadcast(source, { log, now, places: new StreamPlaces(1, now) });
    streams.open(new BodySink(), GLOBAL, await source.read(GLOBAL.choose, GLOBAL), undefined);
    return streams;
  }

  test('on which nothing changes reads nothing again', async () => {
    const { service } = open(ALWAYS);
    const streams = await streamOf(service);
    const [read, publish] = [vi.spyOn(service, 'read'), vi.fn()];
    await followStreams(streams, service, { freshMs: 0, forMs: 350, now, publish });
    expect([read.mock.calls, publish.mock.calls]).toEqual([[], []]);
  });

  test('sends once what another invocation of the isolate has brought', async () => {
    const shared = { state: newSyncState(), memory: new DocumentMemory(1_000_000) };
    const { service } = open(MINUTE, shared);
    let published = 0;
    const streams = await streamOf(service);
    const rounds = vi.spyOn(service, 'catchUp');
    const followed = followStreams(streams, service, {
      freshMs: 100,
      forMs: 3_600_000,
      now,
      publish: () => published++,
    });
    await insertProject(db.sql);
    growOld(shared);
    expect(totalOf(await open(MINUTE, shared).service.read(global))).toBe(1);
    await expect.poll(() => published).toBe(1);
    const before = rounds.mock.calls.length;
    await expect.poll(() => rounds.mock.calls.length).toBeGreaterThan(before + 2);
    streams.close();
    await followed;
    expect(published).toBe(1);
  });

  test('ends, however seldom it catches up', async () => {
    const { service } = open(MINUTE);
    const streams = await streamOf(service);
    await followStreams(streams, service, { freshMs: 60_000, forMs: 200, now, publish() {} });
    expect(streams.size).toBe(0);
  });
});

describe('a tick', () => {
  test('takes over a run whose node is gone though its job is off, and refreshes what nobody has read', async () => {
    const tick = open({ CRON_CLASSIFY: 'off', CRON_REFRESH_EXPIRED: 'off' }, {}, true);
    await db.sql`
      INSERT INTO dashboard_stats.job_runs (job, scheduled_at, started_at, heartbeat_at, node)
      SELECT 'classify', t, t, t, 'gone' FROM (SELECT date_trunc('second', now() - INTERVAL '5 minutes') AS t) long_ago`;
    await db.sql`INSERT INTO dashboard_stats.marks VALUES (gen_random_uuid())`;
    await tick.runDue(new Date());
    expect(await db.sql`SELECT outcome FROM dashboard_stats.job_runs WHERE job = 'classify'`).toEqual([
      { outcome: 'succeeded' },
    ]);
    expect(await db.sql`SELECT FROM dashboard_stats.marks`).toHaveLength(0);
  });

  test('takes over a run that was started by hand, though the times of its job have been run', async () => {
    const settings = { CRON_AUDIT: '* * * * *', CRON_REFRESH_EXPIRED: 'off', CRON_PURGE: 'off' };
    const tick = open(settings, {}, true);
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    await tick.runDue(minute);
    await db.sql`
      INSERT INTO dashboard_stats.job_runs (job, scheduled_at, heartbeat_at, node)
      VALUES ('audit', ${new Date(minute.getTime() + 1_500)}, now() - INTERVAL '5 minutes', 'gone')`;
    await tick.runDue(minute);
    expect(await db.sql`SELECT outcome, node FROM dashboard_stats.job_runs WHERE job = 'audit'`).toEqual([
      { outcome: 'succeeded', node: 'workers' },
      { outcome: 'succeeded', node: 'workers' },
    ]);
  });
});

test('a Worker for another time zone recomputes nothing', async () => {
  const { service } = open({ STATS_TIME_ZONE: 'Europe/Berlin' });
  await expect(service.recompute({ full: true })).rejects.toThrow(/kept for the time zone Asia\/Bangkok/);
});

/** A connection on which `work` is done before each statement that matches. */
function beforeStatement(sql: Sql, statement: RegExp, work: () => Promise<void>): Sql {
  return new Proxy(sql, {
    apply(target, self, [strings, ...values]) {
      const run = () => Reflect.apply(target, self, [strings, ...values]);
      return Array.isArray(strings) && statement.test(strings.join('')) ? work().then(run) : run();
    },
  });
}
