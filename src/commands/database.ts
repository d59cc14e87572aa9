import { type Address, readAddress, shown } from '../address/address.ts';
import type { Config } from '../config.ts';
import { type ConnectionOptions, connect, type Sql } from '../db/connection.ts';
import { explainFailure } from '../db/explain-failure.ts';
import { inTransactions } from '../db/transaction.ts';
import { hasEmbedded } from '../embedded/cluster.ts';
import { startEmbedded } from '../embedded/embedded.ts';
import { keepRunning } from '../embedded/keep-running.ts';
import { ConfigError, InterruptedError, NotMigratedError } from '../errors.ts';
import type { Log } from '../log.ts';
import { withFiles } from '../runtime/node/address-files.ts';
import { listed } from '../schema/history.ts';
import { loadMigrations, type MigrationStatus, status } from '../schema/migrator.ts';
import type { CommandContext } from './command.ts';

/** For each query outside of a transaction; they all are short. */
const QUERY_TIMEOUT_MS = 10_000;

export interface OpenDatabase {
  address: Address;
  sql: Sql;
  /** A server of our own in DATA_DIR, with demo data. */
  embedded: boolean;
  close(): Promise<void>;
}

/**
 * The database of DATABASE_URL, or else the embedded one: that of a `serve` that runs, or one started for this
 * command.
 *
 * @param options `create`: make an embedded database where there is none; `exclusive`: nobody else may run it, and where it
 * dies it is started again
 * @throws ConfigError where there is neither
 */
export async function openDatabase(
  config: Config,
  log: Log,
  { create, exclusive, ...options }: ConnectionOptions & { create?: boolean; exclusive?: boolean } = {},
): Promise<OpenDatabase> {
  const onNotice = (notice: string) => log.debug({}, notice);
  const settings = { onNotice, queryTimeoutMs: QUERY_TIMEOUT_MS, ...options };
  const { DATABASE_URL: url } = config;
  if (url && config.address) {
    const address = await withFiles(config.address);
    const sql = inTransactions(connect(address, settings));
    return { address, sql, embedded: false, close: () => sql.end({ timeout: 5 }) };
  }
  if (!create && !(await hasEmbedded(config.DATA_DIR))) {
    const advice = 'Set it to the address of your database, or start the demo first: dashboard-stats serve';
    throw new ConfigError([
      `DATABASE_URL is not set, and ${config.DATA_DIR} holds no embedded database. ${advice}`,
    ]);
  }
  const server = exclusive
    ? await keepRunning({ dataDir: config.DATA_DIR }, log)
    : await startEmbedded({ dataDir: config.DATA_DIR, share: true });
  const address = readAddress(server.url);
  const sql = inTransactions(connect(address, settings));
  return {
    address,
    sql,
    embedded: true,
    async close() {
      await sql.end({ timeout: 5 });
      await server.stop();
    },
  };
}

export interface DatabaseContext extends CommandContext {
  address: Address;
  sql: Sql;
  /** Says what an interrupted command has done and what not, as a clause; at first: nothing was changed. */
  soFar: (clause: string) => void;
}

/**
 * Runs `work` on the database and closes it whatever happens. Where somebody asks for an orderly end, what runs in the
 * server is cancelled.
 *
 * It says first which database that is, and among the results: a forgotten DATABASE_URL must not look like a database
 * where all is well.
 *
 * @param prefix before that line; default: none
 * @throws DatabaseUnavailableError where the database is not reached or does not let us in; RefusedByServerError where it
 * takes no writes or the role lacks a right; InterruptedError
 */
export async function withDatabase(
  context: CommandContext,
  work: (context: DatabaseContext) => Promise<number>,
  prefix = '',
): Promise<number> {
  const { config, log, stop, say, result } = context;
  let done = 'nothing was changed';
  if (stop.aborted) throw new InterruptedError(done);
  // A pooler may give each transaction another session, and a command asks everything once.
  const { sql, address, embedded, close } = await openDatabase(config, log, { prepare: false, signal: stop });
  const database = `${shown(address)}${embedded ? `, embedded in ${config.DATA_DIR}: DATABASE_URL is not set` : ''}`;
  say(`${prefix}Database: ${database}`);
  try {
    return await work({
      ...{ ...context, address, sql },
      result: (value) => result({ database, ...value }),
      soFar: (clause) => {
        done = clause;
      },
    });
  } catch (error) {
    throw stop.aborted ? new InterruptedError(done) : explainFailure(error, address);
  } finally {
    await close();
  }
}

/** @throws NotMigratedError that says which command to run */
export async function requireMigrated(sql: Sql): Promise<void> {
  const needed = (await status(sql, await loadMigrations())).filter(needsMigration);
  if (needed.length === 0) return;
  const states = [...new Set(needed.map(({ state }) => state))].join(' or ');
  const names = listed(needed.map(({ name }) => name));
  throw new NotMigratedError(`The database is not migrated: ${states}: ${names}.`, {
    help: 'Run: dashboard-stats migrate. (`serve` with AUTO_MIGRATE=1 does it too.)',
  });
}

/** `skipped` was somebody's choice; anything else but `applied` is in the way of running. */
export function needsMigration({ state }: MigrationStatus): boolean {
  return state !== 'applied' && state !== 'skipped';
}
