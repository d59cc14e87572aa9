/**
 * A real PostgreSQL for those who have none: its programs come from npm, its data lives in DATA_DIR and is kept. Promise:
 * whatever killed the last run (kill -9, power cut, a half-made first start), the next start works and has what was committed.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { serverAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { codeOf, explain } from './failures.ts';
import { openHome } from './home.ts';
import { isHeld, lockFolder } from './lock.ts';
import { readPrivate, writePrivate } from './private-file.ts';
import { type Server, startServer } from './server.ts';

export interface EmbeddedServer {
  /** Superuser's URL of the database, password included; the port differs at each start. */
  readonly url: string;
  /** DATA_DIR as an absolute path. */
  readonly dataDir: string;
  /** Resolves, with the signal or exit code, if postgres ends without being told to. */
  readonly endedByItself: Promise<string>;
  /**
   * Disconnects every client, writes all to disk, frees the folder. May be called again: it is one stop.
   * @throws EmbeddedServerError if postgres survives SIGINT and SIGQUIT for 10 s each
   */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** DATA_DIR; made if missing. As root, a folder that the server's account cannot reach gets its data elsewhere, linked. */
  dataDir: string;
  /** Programs of another PostgreSQL (`/usr/lib/postgresql/15/bin`); default: those of the npm package. */
  binDir?: string;
  /** Settings of postgres (`-c name=value`); address, port and sockets are not to be changed. */
  settings?: Record<string, string>;
  /** Database that `url` names, made if missing; default `dashboard_stats`. */
  database?: string;
  /** Gets what postgres and we have to say, line by line; default: dropped. */
  log?: (line: string) => void;
}

/** Where things lie on this machine; only tests change it. */
export interface Places {
  /** Folder of the npm package with the programs. */
  packageDir?: string;
  /** Where the programs are copied when the server's account cannot reach them. */
  cacheDir?: string;
  /** Where data is kept when the server's account cannot reach DATA_DIR. */
  stateDir?: string;
}

/**
 * Starts PostgreSQL on 127.0.0.1, on a free port. While it runs `<dataDir>/database-url` (mode 0600) holds its URL.
 * Our process may end without stop(): the server is told to stop then, or, after kill -9, by the next start.
 * @throws EmbeddedServerError with `help`: the folder is in use, not usable, of another version, or postgres failed
 */
export async function startEmbedded(options: EmbeddedOptions, places: Places = {}): Promise<EmbeddedServer> {
  const { settings = {}, database = 'dashboard_stats', log = () => {} } = options;
  const dataDir = resolve(options.dataDir);
  const binDir = options.binDir === undefined ? undefined : resolve(options.binDir);
  const urlFile = join(dataDir, 'database-url');
  const undo: (() => unknown)[] = [];
  let server: Server;
  try {
    await mkdir(dataDir, { recursive: true });
    const lock = await lockFolder(dataDir);
    undo.push(() => lock.release());
    await rm(urlFile, { force: true }); // of a run that was killed
    const account = await serverAccount(join(dataDir, 'postgres'));
    const binaries = await findBinaries({
      account,
      binDir,
      packageDir: places.packageDir,
      cacheDir: places.cacheDir,
      log,
    });
    const durable = settings['fsync'] !== 'off';
    const home = await openHome({ dataDir, account, binaries, durable, stateDir: places.stateDir, log });
    server = await startServer({ dataDir, home, account, binaries, database, settings, log });
    undo.push(
      () => server.stop(),
      () => rm(urlFile, { force: true }),
    );
    await writePrivate(urlFile, `${server.url}\n`);
  } catch (error) {
    await unwind(undo);
    throw explain(error, dataDir);
  }
  let stopped: Promise<void> | undefined;
  return {
    url: server.url,
    dataDir,
    endedByItself: server.endedByItself,
    stop() {
      stopped ??= unwind(undo);
      return stopped;
    },
  };
}

/** The last step first; each is tried whatever became of the others. */
async function unwind(undo: (() => unknown)[]): Promise<void> {
  const step = undo.pop();
  if (step === undefined) return;
  try {
    await step();
  } finally {
    await unwind(undo);
  }
}

/**
 * URL of the server that a live process of ours runs on this folder, for a command run beside `serve`; undefined: none runs.
 * @throws EmbeddedServerError if one may run, but its URL is for another account
 */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const folder = resolve(dataDir);
  try {
    const url = await readPrivate(join(folder, 'database-url'));
    return url && (await isHeld(folder)) ? url : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    if (codeOf(error) !== 'EACCES') throw explain(error, folder);
    throw new EmbeddedServerError(`The database in ${folder} belongs to another account.`, {
      help: 'Run this as the account that started the server, or set DATABASE_URL.',
      cause: error,
    });
  }
}
