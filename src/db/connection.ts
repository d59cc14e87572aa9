import postgres from 'postgres';
import { type Address, readAddress, serversOf } from '../address/address.ts';
import { type Attempts, attemptsOf } from './attempts.ts';
import { cancellable } from './cancel.ts';

/** A connection pool. */
export type Sql = postgres.Sql;
/** Where a query may run: the pool, or a transaction. */
export type Db = postgres.ISql;
/** One transaction on one connection of a pool; see transaction.ts. */
export type Tx = Db;

/** What the pools of one process or isolate have learnt of their database. */
export interface Learnt {
  /** See search-path.ts; undefined: not known yet. */
  searchPath?: readonly string[] | undefined;
}

export interface ConnectionOptions {
  /** Connections at most; default 8. */
  max?: number;
  /** Instead of the one in the address. */
  database?: string;
  /** Shown in pg_stat_activity; default `dashboard-stats`. */
  applicationName?: string;
  /**
   * A query outside of a transaction that is not answered for so long takes its connection with it: the server may be
   * frozen, or the network silent, and nobody else would notice. In ms; default 0: none.
   */
  queryTimeoutMs?: number;
  /** Whether statements are prepared, and kept by the session; default true. */
  prepare?: boolean;
  /** Aborted: what runs is cancelled in the server, and what follows is refused; see cancel.ts. */
  signal?: AbortSignal;
  /** What other pools of the same database have learnt of it; default: nothing. It is added to. */
  learnt?: Learnt;
  /** Called with the text of each NOTICE or WARNING of the server; default: dropped. */
  onNotice?: (message: string) => void;
}

/** Between attempts to connect. */
const MAX_BACKOFF_SECONDS = 1;
/** To one server, where the address names no time. */
const CONNECT_TIMEOUT_SECONDS = 5;

/**
 * Opens a pool. Nothing connects before the first query.
 *
 * bigint columns arrive as JavaScript numbers: the ones that we select (revisions, counts of rows) stay below 2^53.
 * Sums of an application's figures never take this way; they travel as jsonb text (stats/encoder.ts).
 */
export function connect(to: string | Address, options: ConnectionOptions = {}): Sql {
  const address = typeof to === 'string' ? readAddress(to) : to;
  const { dbname, user, password, connect_timeout, target_session_attrs: attrs, ...values } = address.values;
  const attempts = attemptsOf(address);
  const servers = serversOf(address);
  const database = options.database ?? dbname;
  const sql = postgres({
    // Both are for messages, and for the package's own idea of how many servers there are.
    host: servers.map(({ host }) => host),
    port: servers.map(({ port }) => port),
    attempts,
    ...(attrs && attrs !== 'any' ? { target_session_attrs: attrs } : {}),
    ...(user ? { user } : {}),
    ...(password ? { password } : {}),
    ...(database ? { database } : {}),
    max: options.max ?? 8,
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
    connect_timeout: Number(connect_timeout) > 0 ? Number(connect_timeout) : CONNECT_TIMEOUT_SECONDS,
    idle_timeout: 300,
    // A lost machine or route is noticed 10 s later, in the middle of the longest statement too.
    keep_alive: 15,
    // In seconds. By default it grows to 20, and a database that is back would stay unnoticed for as long.
    // Added by our patch (docs/adr/002).
    query_timeout: (options.queryTimeoutMs ?? 0) / 1000,
    backoff: (retries: number) => Math.min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** retries),
    connection: {
      application_name: options.applicationName ?? 'dashboard-stats',
      ...(values.options ? { options: values.options } : {}),
    },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: (notice: postgres.Notice) => options.onNotice?.(`${notice['severity']}: ${notice['message']}`),
  } as unknown as postgres.Options<{ bigint: postgres.PostgresType<number> }>) as unknown as Sql;
  Object.assign(sql.options, { learnt: options.learnt ?? {} });
  return options.signal ? cancellable(sql, options.signal) : sql;
}

/** Where a pool connects to. */
export function databaseAddress(sql: Sql): Address {
  return (sql.options as unknown as { attempts: Attempts }).attempts.address;
}

/** How many connections of a pool are at work, and how many queries wait for one. Part of our patch (docs/adr/002). */
export function poolUse(sql: Sql): { inUse: number; waiting: number } {
  return (sql as Sql & { use: () => { inUse: number; waiting: number } }).use();
}
