import type { OpenAPIHono } from '@hono/zod-openapi';
import { pino } from 'pino';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { listen } from '../../../src/db/listen.ts';
import { inTransactions } from '../../../src/db/transaction.ts';
import type { RefreshResult } from '../../../src/engine/refresh.ts';
import { createApp } from '../../../src/http/app.ts';
import { StreamBroadcast } from '../../../src/http/stream/broadcast.ts';
import { StreamPlaces } from '../../../src/http/stream/places.ts';
import { assetFiles } from '../../../src/runtime/node/asset-files.ts';
import { NodeRuntime } from '../../../src/runtime/node/node-runtime.ts';
import { openResponse } from '../../../src/runtime/node/response-sink.ts';
import type { StatsService } from '../../../src/service/service.ts';
import { createDatabase } from '../servers/database.ts';
import { type DatabaseProxy, startProxy } from '../servers/proxy.ts';
import { ADMIN_TOKEN, asking, EVENTS_TOKEN } from './asking.ts';
import { ASSETS } from './bundle.ts';
import type { ContractService } from './contract.ts';

/** A response whose JSON a test looks into. */
export type Answer = Omit<Response, 'json'> & { json(): Promise<any> };

export interface RunningService extends ContractService {
  app: OpenAPIHono;
  service: StatsService;
  runtime: NodeRuntime;
  url: string;
  /** Between the service and its database. */
  proxy: DatabaseProxy;
  /** Lags that the service observed, in ms. */
  lags: number[];
  /** Refreshes that it made, by outcome. */
  refreshes: RefreshResult['outcome'][];
  /** Moves the service's own clock, in ms. */
  clock: { ahead: number };
}

interface Options {
  /** Another node of the same database; it must be closed after this one. */
  beside?: Pick<RunningService, 'url' | 'sql'>;
  /** false: as behind a pooler that carries no notifications. */
  listening?: boolean;
  /** It is neither started nor filled: nothing is in memory, and nothing comes by itself. */
  cold?: boolean;
  /** Makes it log in as another role. */
  login?: (url: string) => string;
}

/** The whole service on a fresh database, without a socket: requests go to the app. */
export async function runService(
  environment: Record<string, string> = {},
  prepare: (sql: Sql) => Promise<unknown> = async () => {},
  { beside, listening = true, cold = false, login = (same) => same }: Options = {},
): Promise<RunningService> {
  const database = beside
    ? { url: beside.url, sql: beside.sql, drop: async () => {} }
    : await createDatabase();
  const { url, sql, drop } = database;
  await prepare(sql);
  const config = readConfig({ ADMIN_TOKEN, EVENTS_TOKEN, CRON_CLASSIFY: 'off', ...environment });
  const warnings: string[] = [];
  const log = pino(
    { level: process.env['TEST_LOG_LEVEL'] ?? 'warn' },
    { write: (line) => (process.env['TEST_LOG_LEVEL'] ? process.stdout.write(line) : warnings.push(line)) },
  );
  const clock = { ahead: 0 };
  const now = () => performance.now() + clock.ahead;
  const proxy = await startProxy(login(url));
  const own = inTransactions(connect(proxy.url, { queryTimeoutMs: 3_000 }));
  const lags: number[] = [];
  const refreshes: RefreshResult['outcome'][] = [];
  const runtime = new NodeRuntime({
    sql: own,
    config,
    log,
    node: 'test',
    now,
    observer: {
      refreshed: ({ outcome }) => refreshes.push(outcome),
      refreshFailed() {},
      audited() {},
      lag: (ms) => lags.push(ms),
    },
    ...(listening ? { listen: (onHint: () => void) => listen(own, log, onHint) } : {}),
  });
  const { service } = runtime;
  const streams = new StreamBroadcast(service, {
    log,
    now,
    places: new StreamPlaces(config.MAX_STREAMS, now),
  });
  const app = createApp({
    service,
    streams,
    openSink: openResponse,
    log,
    now,
    config,
    adminTokens: config.ADMIN_TOKEN ?? [],
    assets: assetFiles(ASSETS),
    demo: false,
    version: '0.0.0',
  });
  const close = async () => {
    streams.close();
    // Or it would wait for answers that never come.
    if (proxy.mode === 'silent') proxy.cut();
    await runtime.close();
    await own.end({ timeout: 1 });
    proxy.close();
    await drop();
  };
  try {
    if (!cold) await runtime.start();
    if (!cold) await runtime.fill();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    app,
    service,
    runtime,
    sql,
    url,
    proxy,
    lags,
    warnings,
    refreshes,
    clock,
    ...asking(async (path, init) => app.request(path, init)),
    close,
  };
}

/** See runService; it ends with the test, after those that were started beside it. */
export async function runForTest(...options: Parameters<typeof runService>): Promise<RunningService> {
  const service = await runService(...options);
  onTestFinished(() => service.close());
  return service;
}

/** See runService; one for all tests of the file. */
export function serviceForAll(...options: Parameters<typeof runService>): RunningService {
  return sharedByAll(() => runService(...options));
}

/** What `start` gives, started before the first test of the file, and closed after the last one. */
export function sharedByAll<Shared extends { close(): Promise<void> }>(start: () => Promise<Shared>): Shared {
  const shared = {} as Shared;
  beforeAll(async () => {
    Object.assign(shared, await start());
  });
  afterAll(() => shared.close());
  return shared;
}
