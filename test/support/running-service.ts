import type { OpenAPIHono } from '@hono/zod-openapi';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { connect, type Sql } from '../../src/db/connection.ts';
import { listen } from '../../src/db/listen.ts';
import { createApp } from '../../src/http/app.ts';
import { StatsService } from '../../src/service.ts';
import { createDatabase } from './database.ts';

const ADMIN_TOKEN = 'an-admin-token-for-tests';
export const EVENTS_TOKEN = 'an-events-token-for-tests';

/** A response whose JSON a test looks into. */
type Answer = Omit<Response, 'json'> & { json(): Promise<any> };

export interface RunningService {
  app: OpenAPIHono;
  service: StatsService;
  /** A pool of the test's own on the same database. */
  sql: Sql;
  url: string;
  /** Lags that the service observed, in ms. */
  lags: number[];
  /** What it logged as warning or worse. */
  warnings: string[];
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** The whole service on a fresh database, without a socket: requests go to the app. */
export async function runService(
  environment: Record<string, string> = {},
  prepare: (sql: Sql) => Promise<unknown> = async () => {},
): Promise<RunningService> {
  const { url, sql, drop } = await createDatabase();
  await prepare(sql);
  const config = readConfig({ ADMIN_TOKEN, EVENTS_TOKEN, ...environment });
  const warnings: string[] = [];
  const log = pino(
    { level: process.env['TEST_LOG_LEVEL'] ?? 'warn' },
    { write: (line) => (process.env['TEST_LOG_LEVEL'] ? process.stdout.write(line) : warnings.push(line)) },
  );
  const now = () => performance.now();
  const own = connect(url);
  const lags: number[] = [];
  const observer = { refreshed() {}, refreshFailed() {}, audited() {}, lag: (ms: number) => lags.push(ms) };
  const service = new StatsService({
    sql: own,
    config,
    log,
    node: 'test',
    now,
    observer,
    listen: (onHint) => listen(own, log, onHint),
  });
  const app = createApp({
    service,
    log,
    now,
    adminToken: ADMIN_TOKEN,
    eventsToken: EVENTS_TOKEN,
    corsOrigins: config.CORS_ORIGINS,
    cacheControl: config.CACHE_CONTROL,
    timeZone: config.STATS_TIME_ZONE,
    demo: false,
    version: '0.0.0',
  });
  await service.start();
  await service.fill();
  return {
    app,
    service,
    sql,
    url,
    lags,
    warnings,
    get: async (path, headers = {}) => app.request(path, { headers }),
    post: async (path, body, token = ADMIN_TOKEN) =>
      app.request(path, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      await service.close();
      await own.end({ timeout: 1 });
      await drop();
    },
  };
}
