/** Runs postgres on a data folder: from a free port to the first connection that works, and to its end. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { connect } from '../db/connection.ts';
import { EmbeddedServerError } from '../errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { type Child, spawnPostgres } from './child.ts';
import { childFailed, codeOf } from './failures.ts';
import { type Home, passwordLost } from './home.ts';
import { removeStalePidFile, stopOrphan } from './postmaster.ts';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

export interface ServerOptions {
  dataDir: string;
  home: Home;
  account: Account | undefined;
  binaries: Binaries;
  database: string;
  settings: Readonly<Record<string, string>>;
  log: (line: string) => void;
}

export interface Server {
  readonly url: string;
  readonly endedByItself: Promise<string>;
  stop(): Promise<void>;
}

/** Starts postgres and waits until its database answers. Takes over from one left running, mends what a crash left. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { home, log } = options;
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    await stopOrphan(home.path, log);
    const port = await freePort();
    const child = spawnPostgres({ ...options, home: home.path, port });
    const urlOf = (database: string) =>
      `postgres://postgres:${encodeURIComponent(home.password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    try {
      await untilReady(child, urlOf, options);
      child.isUp();
      return { url: urlOf(options.database), endedByItself: child.endedByItself, stop: child.stop };
    } catch (error) {
      await child.stop();
      if (performance.now() > deadline || !(await mayTryAgain(child.words.join('\n'), home.path, log)))
        throw error;
    }
  }
}

/** Whether postgres gave up for something that passes, or that has been put out of the way now. */
async function mayTryAgain(words: string, home: string, log: (line: string) => void): Promise<boolean> {
  if (/Address already in use/.test(words)) return true; // somebody took the port between our look and its start
  if (/lock file "postmaster.pid" already exists/.test(words)) {
    await removeStalePidFile(home, log);
    return true;
  }
  // The postmaster was killed, and a session of it is still busy with its last statement.
  if (/pre-existing shared memory block/.test(words)) {
    await sleep(100);
    return true;
  }
  return false;
}

/**
 * Waits for the first connection, and makes the database if it is missing. Bounded, except while postgres says that it is
 * recovering from a crash: that takes as long as there is log to replay.
 */
async function untilReady(
  child: Child,
  urlOf: (database: string) => string,
  options: ServerOptions,
): Promise<void> {
  let deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.hasEnded()) throw childFailed('Starting PostgreSQL', options.dataDir, child.words);
    try {
      await ensureDatabase(urlOf('postgres'), options.database);
      return;
    } catch (error) {
      const code = codeOf(error);
      if (code === '28P01') throw passwordLost(options.dataDir);
      if (code === '57P03') deadline = performance.now() + START_TIMEOUT_MS;
      else if (error instanceof postgres.PostgresError) throw error;
      if (performance.now() > deadline) throw noAnswer(child, options.dataDir, error);
    }
    await sleep(POLL_MS);
  }
}

async function ensureDatabase(maintenanceUrl: string, database: string): Promise<void> {
  const sql = connect(maintenanceUrl, { max: 1 });
  try {
    const found = await sql`select 1 from pg_database where datname = ${database}`;
    if (found.length === 0) await sql`create database ${sql(database)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function noAnswer(child: Child, dataDir: string, cause: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `PostgreSQL in ${dataDir} took no connection for ${START_TIMEOUT_MS / 1000} s.`,
    {
      help: `What it said:\n  ${child.words.join('\n  ') || 'nothing'}`,
      cause,
    },
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
