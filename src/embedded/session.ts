/**
 * Who owns a running server: the process that holds an advisory lock in its database `postgres`. The server frees it when
 * that process ends, however it ends, so there is no stale lock. The end of this session is also the first sign that the
 * server is gone.
 */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { EmbeddedServerError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { codeOf, onlyIf } from './failures.ts';
import type { EmbeddedOptions } from './options.ts';

const DATABASE = 'dashboard_stats';

/** Any number that nobody else uses in the database `postgres`. */
const OWNER_LOCK = 2_026_112;

/** How long the lock of a process that was just killed may take to be free. */
const LOCK_TIMEOUT_MS = 500;

export interface Session {
  /** Superuser's URL of the database. */
  readonly url: string;
  /** The process that all others of the server come from. */
  readonly serverPid: number;
  /** False: the server belongs to another process, and this is no session. */
  readonly owner: boolean;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * A session with the server that runs on these files; undefined: none runs. Throws what the server answers.
 * @throws EmbeddedServerError if it belongs to another process, and may not be shared
 */
export async function openSession(
  cluster: Cluster,
  { dataDir, share }: EmbeddedOptions,
): Promise<Session | undefined> {
  const pidFile = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(onlyIf('ENOENT'));
  const [pid, , , port] = pidFile?.split('\n') ?? [];
  if (!port) return undefined;
  const serverPid = Number(pid);
  const urlOf = (name: string) => `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${name}`;
  let hasEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    hasEnded = resolve;
  });
  const sql = postgres(urlOf('postgres'), {
    max: 1,
    connect_timeout: 5,
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    connection: {
      application_name: `dashboard-stats, process ${process.pid}`,
      lock_timeout: LOCK_TIMEOUT_MS,
    },
    onclose: () => hasEnded(),
  });
  const close = () => sql.end({ timeout: 0 });
  try {
    const [{ data_directory: data }] = await sql<[{ data_directory: string }]>`SHOW data_directory`;
    // The file may be of a server long gone, and its port another's now.
    const ours = (await realpath(data).catch(() => undefined)) === cluster.data;
    if (!ours || !(await takeLock(sql))) {
      if (ours && !share) throw inUse(dataDir, await ownerOf(sql));
      await close();
      return ours
        ? { url: urlOf(DATABASE), serverPid, owner: false, ended: new Promise(() => {}), close }
        : undefined;
    }
    const found = await sql`SELECT FROM pg_database WHERE datname = ${DATABASE}`;
    if (found.length === 0) await sql`CREATE DATABASE ${sql(DATABASE)}`;
    return { url: urlOf(DATABASE), serverPid, owner: true, ended, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function takeLock(sql: postgres.Sql): Promise<boolean> {
  return sql`SELECT pg_advisory_lock(${OWNER_LOCK})`.then(
    () => true,
    (error) => {
      if (codeOf(error) === '55P03') return false;
      throw error;
    },
  );
}

async function ownerOf(sql: postgres.Sql): Promise<string> {
  const [owner] = await sql<{ name: string }[]>`
    SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND objid = ${OWNER_LOCK} AND granted`;
  return owner?.name ?? 'another process';
}

function inUse(dataDir: string, owner: string): EmbeddedServerError {
  return new EmbeddedServerError(`The data folder ${dataDir} is in use by ${owner}.`, {
    help: 'Stop that process, or set DATA_DIR to another folder, or DATABASE_URL to use a server of your own.',
  });
}
