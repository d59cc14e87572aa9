/** The whole service in a Node process: an HTTP server before a service that works by itself. */
import type { AdminToken, Config } from '../../config.ts';
import type { Sql } from '../../db/connection.ts';
import { listen } from '../../db/listen.ts';
import { POOLED } from '../../db/pooler.ts';
import { createApp } from '../../http/app.ts';
import { StreamBroadcast } from '../../http/stream/broadcast.ts';
import { StreamPlaces } from '../../http/stream/places.ts';
import type { Log } from '../../log.ts';
import type { Titles } from '../../stats/titles.ts';
import { assetFiles } from './asset-files.ts';
import { openServer } from './http-server.ts';
import { addressOf, limitsOf } from './limits.ts';
import { Metrics } from './metrics.ts';
import { nodeName } from './node-name.ts';
import { NodeRuntime } from './node-runtime.ts';
import { openResponse } from './response-sink.ts';

/** How long answers under way, and then a refresh, may take after a stop was asked for. */
const DRAIN_MS = 5_000;

export interface ServeOptions {
  sql: Sql;
  config: Config;
  log: Log;
  /** Who may administer; empty: nobody. */
  adminTokens: readonly AdminToken[];
  demo: boolean;
  /** TITLES_FILE. */
  titles: Titles;
  version: string;
  /** Waits for the database and prepares it; resolves with whether a pooler in transaction mode is before it. */
  prepare: () => Promise<boolean>;
}

export interface Serving {
  port: number;
  /** Resolves once the database is prepared and memory is filled. Before, answers are 503. Rejects where it cannot start. */
  ready: Promise<void>;
  /** Stops everything but the pool: streams, then HTTP, then what works by itself. */
  stop(): Promise<void>;
}

/** @throws AddressInUseError */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { sql, config, log, prepare } = options;
  const metrics = new Metrics();
  const now = () => performance.now();
  let pooled = false;
  let prepared = false;
  const runtime = new NodeRuntime({
    ...{ sql, config, log, now },
    node: nodeName(),
    observer: metrics.observer,
    listen: (onHint) => (pooled ? undefined : listen(sql, log, onHint)),
  });
  const { service } = runtime;
  const streams = new StreamBroadcast(service, {
    log,
    now,
    places: new StreamPlaces(config.MAX_STREAMS, now),
  });
  metrics.watch({ service, streams, sql, now, version: options.version });
  const app = createApp({
    ...options,
    assets: assetFiles(),
    addressOf: addressOf(config.TRUST_PROXY),
    limits: limitsOf(config),
    isPrepared: () => prepared,
    service,
    streams,
    openSink: openResponse,
    now,
    count: metrics.requests.count,
    whenAnswered: setImmediate,
    metrics: () => metrics.text(),
  });
  const server = await openServer(app, config, log);
  const start = async () => {
    pooled = await prepare();
    prepared = true;
    if (pooled) log.info({}, POOLED);
    await runtime.start();
    await runtime.fill();
  };
  return {
    port: server.port,
    ready: start(),
    async stop() {
      streams.close();
      await server.close(DRAIN_MS);
      await Promise.race([runtime.close(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
    },
  };
}
