/** PostgreSQL's own programs for dumps: finds the right one and runs it on the database that we are connected to. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Address, serversOf } from '../address/address.ts';
import { KEPT } from '../address/parameters.ts';
import { databaseAddress, type Sql } from '../db/connection.ts';
import { isPooled } from '../db/pooler.ts';
import { BackupError } from '../errors.ts';
import type { ServerVersion } from './server-version.ts';

const execute = promisify(execFile);

export interface ToolPlaces {
  /** Only this folder is searched. */
  binDir?: string | undefined;
  /** Folders, as in PATH. */
  path: string;
}

interface Tool {
  program: string;
  /** `15.18` */
  version: string;
  major: number;
}

/** From it on, each restore sets transaction_timeout, which older servers refuse. */
const FIRST_WITH_TRANSACTION_TIMEOUT = 17;

/** Where Debian and Ubuntu install each major version. */
const DEBIAN = '/usr/lib/postgresql';

/** @throws BackupError behind a pooler in transaction mode: what these programs set in a session would meet others there */
export async function requireOwnSession(to: Address): Promise<void> {
  if (!(await isPooled(to))) return;
  throw new BackupError(
    'A pooler in transaction mode stands before this database; sessions of others would be changed. Nothing was done.',
    { help: 'Give the address of the PostgreSQL server itself in DATABASE_URL for this command.' },
  );
}

/**
 * Of the programs found the one of the server's own major version, or else the next newer: an older one refuses the
 * server. One of 17 or newer does not fit an older server: nothing that it writes can be restored there.
 *
 * @param dumpedBy major version of the pg_dump that wrote what is to be restored: an older pg_restore cannot read that
 * @throws BackupError that says which version is needed and how to get it
 */
export async function findTool(
  name: 'pg_dump' | 'pg_restore',
  server: ServerVersion,
  { binDir, path }: ToolPlaces,
  dumpedBy = server.major,
): Promise<Tool> {
  const installed = (await readdir(DEBIAN).catch(() => [])).map((version) => join(DEBIAN, version, 'bin'));
  const folders = binDir === undefined ? [...path.split(delimiter).filter(Boolean), ...installed] : [binDir];
  const found = (await Promise.all(folders.map((folder) => probe(join(folder, name)))))
    .filter((tool) => tool !== undefined)
    .sort((a, b) => a.major - b.major);
  const oldest = Math.max(server.major, dumpedBy);
  const isTooNew = ({ major }: Tool) =>
    major >= FIRST_WITH_TRANSACTION_TIMEOUT && server.major < FIRST_WITH_TRANSACTION_TIMEOUT;
  const best = found.find((tool) => tool.major >= oldest && !isTooNew(tool));
  if (best) return best;

  const newest = found.at(-1);
  const why =
    newest && isTooNew(newest)
      ? `and sets transaction_timeout where it restores, which the server (${server.version}) does not know.`
      : dumpedBy > server.major
        ? `which is older than the pg_dump that wrote this dump (${dumpedBy}) and cannot read it.`
        : `which is older than the server (${server.version}) and cannot work with it.`;
  throw new BackupError(
    newest
      ? `${newest.program} is of PostgreSQL ${newest.version}, ${why}`
      : `There is no ${name} ${binDir === undefined ? 'on the PATH' : `in ${binDir}`}.`,
    {
      help:
        `Install the client programs of PostgreSQL ${oldest}: apt-get install ` +
        `postgresql-client-${oldest} (where your release lacks it, from apt.postgresql.org), dnf install ` +
        `postgresql${oldest}, or brew install postgresql@${oldest}. If they are there already, name their folder: --bin DIR.`,
    },
  );
}

/** undefined: it is not there, or cannot be run. */
async function probe(program: string): Promise<Tool | undefined> {
  const { stdout } = await execute(program, ['--version'], { timeout: 10_000 }).catch(() => ({ stdout: '' }));
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout)?.[1];
  return version ? { program, version, major: Number.parseInt(version, 10) } : undefined;
}

/**
 * Runs a tool to its end and returns what it wrote to stdout. It connects as `sql` does, to `database`; the password goes
 * by the environment, where other accounts cannot see it, as they can a command line.
 *
 * @param signal stops the program when it is aborted
 * @throws BackupError with what the program said on stderr
 */
export async function runTool(
  tool: Tool,
  args: readonly string[],
  { sql, database, path, signal }: { sql: Sql; database: string; path: string; signal: AbortSignal },
): Promise<string> {
  const env = { PATH: path, LC_ALL: 'C', ...connectionEnvironment(sql), PGDATABASE: database };
  try {
    const running = execute(tool.program, args, { env, signal, maxBuffer: Number.POSITIVE_INFINITY });
    return (await running).stdout;
  } catch (error) {
    if (signal.aborted) throw new BackupError('Interrupted.');
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new BackupError(`${tool.program} failed: ${stderr?.trim() || message}`, { cause: error });
  }
}

/** The address of the pool in the terms of libpq, with the user and the password that it resolved. */
function connectionEnvironment(sql: Sql): Record<string, string> {
  const address = databaseAddress(sql);
  const { user, pass } = sql.options as unknown as Record<'user' | 'pass', string>;
  const given = Object.entries(KEPT).map(([parameter, variable]) => [
    variable,
    address.values[parameter as keyof typeof KEPT],
  ]);
  return {
    ...Object.fromEntries(given.filter(([, value]) => value)),
    PGHOST: serversOf(address)
      .map(({ host }) => host)
      .join(','),
    PGUSER: user,
    ...(pass ? { PGPASSWORD: pass } : {}),
    PGAPPNAME: 'dashboard-stats backup',
    PGCONNECT_TIMEOUT: address.values.connect_timeout || '10',
  };
}
