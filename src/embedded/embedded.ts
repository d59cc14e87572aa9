/**
 * A real PostgreSQL for those who have none: its programs come from npm, its data lives in DATA_DIR and is kept. Promise:
 * whatever ended the last run (kill -9, power cut, a half-made first start), the next start works and has what was committed.
 * The server ends with our process; one that was left running all the same is taken over as it is.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors.ts';
import { openCluster, passwordLost } from './cluster.ts';
import { endWithUs } from './end-with-us.ts';
import { codeOf, explain, programFailed } from './failures.ts';
import { freePort } from './free-port.ts';
import type { EmbeddedOptions } from './options.ts';
import { PgCtl } from './pg-ctl.ts';
import { writePrivate } from './private-file.ts';
import { findPrograms } from './programs.ts';
import { openSession, type Session } from './session.ts';

export interface EmbeddedServer {
  /** Superuser's URL of the database, password included. */
  readonly url: string;
  /** Resolves when the server has ended, whether by stop() or by itself. */
  readonly ended: Promise<void>;
  /**
   * Disconnects every client, writes all to disk and ends the server, unless it is another process's. Idempotent.
   * @param mode default `fast`; `immediate` writes nothing, and the next start recovers (tests)
   * @throws EmbeddedServerError if postgres does not end within a minute
   */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/** How long what passes by itself may be in the way of a start. */
const START_TIMEOUT_MS = 60_000;
/** How long a postmaster.pid without a server that answers is respected. */
const STALE_AFTER_MS = 3_000;
const RETRY_MS = 50;

/**
 * Starts PostgreSQL on 127.0.0.1. While it runs `<dataDir>/database-url` (mode 0600) holds its URL. Where our process ends
 * without stop(), by kill -9 too, the server is stopped then.
 * @throws EmbeddedServerError with `help`: the folder is in use, not usable, of another version, or postgres failed
 */
export async function startEmbedded(given: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDir = resolve(given.dataDir);
  const options = { ...given, dataDir, ...(given.binDir && { binDir: resolve(given.binDir) }) };
  const urlFile = join(dataDir, 'database-url');
  try {
    await mkdir(dataDir, { recursive: true });
    const programs = await findPrograms(options);
    const cluster = await openCluster(options, programs);
    const pgCtl = new PgCtl(cluster, join(programs.binDir, 'pg_ctl'), options.settings);
    const session = await start(pgCtl, options);
    if (!session.owner) return { url: session.url, ended: session.ended, stop: async () => {} };

    const callOff = endWithUs(session.serverPid, cluster.account);
    let stopping: Promise<void> | undefined;
    let isUp = true;
    const ended = session.ended.then(() => {
      isUp = false;
      callOff();
    });
    const stop = async (mode: 'fast' | 'immediate') => {
      await rm(urlFile, { force: true });
      if (isUp) await pgCtl.stop(mode);
      await session.close();
      await ended;
    };
    const server: EmbeddedServer = {
      url: session.url,
      ended,
      stop(mode = 'fast') {
        stopping ??= stop(mode);
        return stopping;
      },
    };
    await writePrivate(urlFile, `${server.url}\n`).catch(async (error) => {
      await server.stop();
      throw error;
    });
    return server;
  } catch (error) {
    throw explain(error, dataDir);
  }
}

/** A session with the server of these files: with the one that runs, else with one that is started. */
async function start(pgCtl: PgCtl, options: EmbeddedOptions): Promise<Session> {
  const { dataDir, port, log } = options;
  const since = performance.now();
  for (let started = false; ; await sleep(RETRY_MS)) {
    let code: string | undefined;
    try {
      const session = await openSession(pgCtl.cluster, options);
      if (session) return session;
    } catch (error) {
      if (error instanceof EmbeddedServerError) throw error;
      code = codeOf(error);
      // It starts (which takes as long as there is something to recover), or it is being stopped.
      if (code === '57P03' || code === '57P01') continue;
      if (started) await pgCtl.stop('fast');
      if (started) throw code === '28P01' ? passwordLost(join(pgCtl.cluster.data, '..')) : error;
    }
    const { ok, output } = await pgCtl.start(port ?? (await freePort()));
    started = ok;
    if (ok) continue;
    const waited = performance.now() - since;
    // A killed server's last session is busy still; another took the port; or a server is just coming up.
    const passes = /pre-existing shared memory block|already exists|Address already in use/.test(output);
    if (!passes || waited > START_TIMEOUT_MS) throw programFailed('Starting PostgreSQL', dataDir, output);
    // The file names a process that lives, and no server answers: the number is another program's now. Where it is a
    // server after all, its shared memory keeps ours from starting.
    if (/already exists/.test(output) && code !== 'CONNECT_TIMEOUT' && waited > STALE_AFTER_MS) {
      log?.(
        'Removing a stale postmaster.pid: the process that it names is not the PostgreSQL of this folder',
      );
      await rm(join(pgCtl.cluster.data, 'postmaster.pid'), { force: true });
    }
  }
}
