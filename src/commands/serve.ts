import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { explainFailure } from '../db/explain-failure.ts';
import { listen } from '../db/listen.ts';
import { POOLED } from '../db/pooler.ts';
import { makePassword } from '../embedded/private-file.ts';
import { createApp } from '../http/app.ts';
import { StreamHub } from '../http/stream/hub.ts';
import { StreamPlaces } from '../http/stream/places.ts';
import type { Log } from '../log.ts';
import { closeServer, openServer, requireFreePort } from '../runtime/node/http-server.ts';
import { Metrics } from '../runtime/node/metrics.ts';
import { NodeRuntime } from '../runtime/node/node-runtime.ts';
import { banner } from './banner.ts';
import { type Command, EXIT, STOP_SIGNALS } from './command.ts';
import { type OpenDatabase, openDatabase } from './database.ts';
import { letGoOfStop } from './early-stop.ts';
import { prepareWhenReachable } from './prepare.ts';

/** How long answers under way, and then a refresh, may take once it was told to stop. */
const DRAIN_MS = 5_000;

export const serveCommand: Command = {
  name: 'serve',
  usage: '',
  summary: 'Run the service (npm start)',
  options: {},
  async run({ config, log, say }) {
    const stop = stopSignal();
    await requireFreePort(config);
    say('Starting ...');
    const db = await openDatabase(config, log, { exclusive: true });
    try {
      await serve(config, log, db, stop);
    } catch (error) {
      throw explainFailure(error, db.url);
    } finally {
      await db.close();
    }
    say('Stopped.');
    return EXIT.done;
  },
};

/** Serves until `stop`, then lets go of everything but the database. */
async function serve(config: Config, log: Log, db: OpenDatabase, stop: Promise<void>): Promise<void> {
  const metrics = new Metrics();
  const now = () => performance.now();
  let pooled = false;
  const runtime = new NodeRuntime({
    sql: db.sql,
    config,
    log,
    node: `${hostname()}:${process.pid}`,
    now,
    observer: metrics.observer,
    listen: (onHint) => (pooled ? undefined : listen(db.sql, log, onHint)),
  });
  const { service } = runtime;
  const streams = new StreamHub(service, { log, now, places: new StreamPlaces(config.MAX_STREAMS, now) });
  metrics.watch(runtime, streams);
  const madeToken = config.ADMIN_TOKEN === undefined ? makePassword() : undefined;
  const app = createApp({
    service,
    streams,
    log,
    now,
    config,
    adminToken: config.ADMIN_TOKEN ?? madeToken ?? '',
    demo: db.embedded,
    version: packageJson.version,
    metrics: () => metrics.text(),
  });
  const { server, port } = await openServer(app.fetch, config);
  const start = async () => {
    pooled = await prepareWhenReachable(config, log, db, stop);
    if (pooled) log.info({}, POOLED);
    await runtime.start();
    await runtime.fill();
    process.stdout.write(banner({ config, db, port, madeToken }));
  };
  const started = start();
  try {
    await Promise.race([stop, started.then(() => stop)]);
  } finally {
    streams.close();
    await closeServer(server, DRAIN_MS);
    await Promise.race([runtime.close(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
    // Told to stop while it was starting: what fails because of that is no news.
    started.catch(() => undefined);
  }
}

/** Resolves at the first of STOP_SIGNALS; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (told) process.exit(EXIT.failed);
        told = true;
        resolve();
      });
    }
    letGoOfStop();
  });
}
