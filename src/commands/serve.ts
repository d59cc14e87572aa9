import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { serve as listenHttp, type ServerType } from '@hono/node-server';
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { seedDemo } from '../db/demo.ts';
import { isAway } from '../db/failures.ts';
import { listen } from '../db/listen.ts';
import { adaptToPooler } from '../db/pooler.ts';
import { AddressInUseError } from '../errors.ts';
import { createApp } from '../http/app.ts';
import { Metrics } from '../http/metrics.ts';
import { StreamHub } from '../http/stream/hub.ts';
import type { Log } from '../log.ts';
import { loadMigrations, migrate } from '../migration/migrator.ts';
import { StatsService } from '../service.ts';
import { banner } from './banner.ts';
import { type Command, EXIT, STOP_SIGNALS } from './command.ts';
import { explainConnection } from './connection-failure.ts';
import { type OpenDatabase, openDatabase, requireMigrated } from './database.ts';
import { DEMO } from './demo.ts';
import { untilReachable } from './reachable.ts';

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
      throw explainConnection(error, db.url);
    } finally {
      await db.close();
    }
    say('Stopped.');
    return EXIT.done;
  },
};

const POOLED =
  'A pooler gives each transaction another session: no LISTEN, so what other nodes refresh shows here within a second.';

/** Serves until `stop` or until a server of our own is gone, then lets go of everything but the database. */
async function serve(config: Config, log: Log, db: OpenDatabase, stop: Promise<void>): Promise<void> {
  const metrics = new Metrics();
  const now = () => performance.now();
  let pooled = false;
  const service = new StatsService({
    sql: db.sql,
    config,
    log,
    node: `${hostname()}:${process.pid}`,
    now,
    observer: metrics.observer,
    listen: (onHint) => (pooled ? undefined : listen(db.sql, log, onHint)),
  });
  const streams = new StreamHub(service, { log, now, maxStreams: config.MAX_STREAMS });
  metrics.watch(service, streams);
  const madeToken = config.ADMIN_TOKEN === undefined ? randomBytes(24).toString('base64url') : undefined;
  const app = createApp({
    service,
    streams,
    log,
    now,
    adminToken: config.ADMIN_TOKEN ?? madeToken ?? '',
    eventsToken: config.EVENTS_TOKEN,
    corsOrigins: config.CORS_ORIGINS,
    cacheControl: config.CACHE_CONTROL,
    timeZone: config.STATS_TIME_ZONE,
    demo: db.embedded,
    version: packageJson.version,
    metrics: () => metrics.text(),
  });
  const { server, port } = await open(app.fetch, config);
  const over = Promise.race([stop, db.ended]);
  const start = async () => {
    pooled = await prepareWhenReachable(config, log, db, over);
    if (pooled) log.info({}, POOLED);
    await service.start();
    await service.fill();
    process.stdout.write(banner({ config, db, port, madeToken }));
  };
  const started = start();
  let failure: Error | undefined;
  try {
    failure = (await Promise.race([over, started.then(() => over)])) ?? undefined;
  } finally {
    streams.close();
    await close(server);
    await Promise.race([service.close(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
    // Told to stop while it was starting: what fails because of that is no news.
    started.catch(() => undefined);
  }
  if (failure) throw failure;
}

/**
 * A database that is away at the start is waited for: meanwhile every answer is 503, and nothing needs a restart.
 *
 * @returns whether there is a pooler in transaction mode
 */
async function prepareWhenReachable(
  config: Config,
  log: Log,
  db: OpenDatabase,
  stop: Promise<unknown>,
): Promise<boolean> {
  for (let told = false; ; told = true) {
    try {
      const pooled = !db.embedded && (await adaptToPooler(db.sql, db.url));
      await prepare(config, log, db);
      return pooled;
    } catch (error) {
      if (!isAway(error)) throw error;
      log.debug({ err: error }, 'The database does not answer yet.');
      const { message } = explainConnection(error, db.url) as Error;
      if (!told) process.stdout.write(`${message.replace(/\.$/, '')}; waiting. Ctrl-C stops.\n`);
      if (!(await untilReachable(db.sql, stop))) throw error;
    }
  }
}

/** Migrates and fills the embedded database; requires that any other is migrated, or migrates it with AUTO_MIGRATE=1. */
export async function prepare(config: Config, log: Log, db: OpenDatabase): Promise<void> {
  if (!db.embedded && config.AUTO_MIGRATE !== '1') return requireMigrated(db.sql);
  await migrate(db.sql, await loadMigrations(), {
    triggers: 'keep',
    onStep: ({ name, outcome, durationMs }) => log.info({ name, outcome, durationMs }, 'Migration'),
  });
  if (!db.embedded) return;
  const [{ empty }] = await db.sql<[{ empty: boolean }]>`SELECT NOT EXISTS (SELECT FROM "Projects") AS empty`;
  if (empty) await seedDemo(db.sql, DEMO);
}

function open(
  fetch: Parameters<typeof listenHttp>[0]['fetch'],
  config: Config,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = listenHttp({ fetch, hostname: config.HOST, port: config.PORT }, ({ port }) =>
      resolve({ server, port }),
    );
    server.on('error', (error) => reject(addressError(error, config)));
  });
}

/** Stops taking connections, lets answers finish, then cuts what is left. */
async function close(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), DRAIN_MS);
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}

/** Found out before a database is started for nothing. */
function requireFreePort(config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (error) => reject(addressError(error, config)));
    probe.listen({ host: config.HOST, port: config.PORT }, () => probe.close(() => resolve()));
  });
}

function addressError(error: Error, { HOST, PORT }: Config): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new AddressInUseError(`Port ${PORT} on ${HOST} is taken by another program.`, {
      help: `Stop that program, or choose another port: PORT=${PORT + 1} npm start`,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AddressInUseError(`This program may not listen on ${HOST} port ${PORT} (${code}).`, {
      help: 'Set HOST to an address of this machine and PORT to a number from 1024 on.',
    });
  }
  return error;
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
  });
}
