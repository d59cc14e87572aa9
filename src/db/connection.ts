import postgres from 'postgres';
import { cancellable } from './cancel.ts';

/** A connection pool. */
export type Sql = postgres.Sql;
/** Where a query may run: the pool, or a transaction. */
export type Db = postgres.ISql;
/** One transaction on one connection of a pool; see transaction.ts. */
export type Tx = Db;

export interface ConnectionOptions {
  /** Connections at most; default 8. */
  max?: number;
  /** Instead of the one in the URL. */
  database?: string;
  /** Shown in pg_stat_activity; default `dashboard-stats`. */
  applicationName?: string;
  /**
   * A query outside of a transaction that is not answered for so long takes its connection with it: the server may be
   * frozen, or the network silent, and nobody else would notice. In ms; default 0: none.
   */
  queryTimeoutMs?: number;
  /** Whether statements are prepared, and kept by the session; default true, or what the URL says. */
  prepare?: boolean;
  /** Aborted: what runs is cancelled in the server, and what follows is refused; see cancel.ts. */
  signal?: AbortSignal;
  /** Called with the text of each NOTICE or WARNING of the server; default: dropped. */
  onNotice?: (message: string) => void;
}

/** Between attempts to connect. */
const MAX_BACKOFF_SECONDS = 1;

/**
 * Opens a pool on `url`. Nothing connects before the first query.
 *
 * bigint columns arrive as JavaScript numbers: the ones that we select (revisions, counts of rows) stay below 2^53.
 * Sums of an application's figures never take this way; they travel as jsonb text (stats/encoder.ts).
 */
export function connect(url: string, options: ConnectionOptions = {}): Sql {
  const sql = postgres(url, {
    max: options.max ?? 8,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.prepare === undefined ? {} : { prepare: options.prepare }),
    connect_timeout: 5,
    idle_timeout: 300,
    // In seconds. By default it grows to 20, and a database that is back would stay unnoticed for as long.
    // Added by our patch (docs/adr/002).
    query_timeout: (options.queryTimeoutMs ?? 0) / 1000,
    backoff: (retries: number) => Math.min(MAX_BACKOFF_SECONDS, 0.05 * 2 ** retries),
    connection: { application_name: options.applicationName ?? 'dashboard-stats' },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: (notice) => options.onNotice?.(`${notice['severity']}: ${notice['message']}`),
  } as postgres.Options<{ bigint: postgres.PostgresType<number> }>) as unknown as Sql;
  return options.signal ? cancellable(sql, options.signal) : sql;
}

/** How many connections of a pool are at work, and how many queries wait for one. Part of our patch (docs/adr/002). */
export function poolUse(sql: Sql): { inUse: number; waiting: number } {
  return (sql as Sql & { use: () => { inUse: number; waiting: number } }).use();
}
