import postgres from 'postgres';

/** A connection pool. */
export type Sql = postgres.Sql;
/** Where a query may run: the pool, or a transaction. */
export type Db = postgres.ISql;
/** One transaction on one connection of a pool; see transaction.ts. */
export type Tx = Db;

export interface ConnectionOptions {
  /** Connections at most; default 8. */
  max?: number;
  /** Shown in pg_stat_activity; default `dashboard-stats`. */
  applicationName?: string;
  /** Called with the text of each NOTICE or WARNING of the server; default: dropped. */
  onNotice?: (message: string) => void;
}

/** bool[], name[], int2[], int4[], text[], varchar[], int8[], float8[], timestamptz[], numeric[], uuid[] */
const ARRAY_TYPES = [1000, 1003, 1005, 1007, 1009, 1015, 1016, 1022, 1185, 1231, 2951];

/**
 * Opens a pool on `url`. Nothing connects before the first query.
 *
 * bigint columns arrive as JavaScript numbers: the ones that we select (revisions, counts of rows) stay below 2^53.
 * Sums of an application's figures never take this way; they travel as jsonb text (stats/encoder.ts).
 *
 * The postgres package is kept from asking each new connection for the server's array types: a server that goes away
 * at that moment would end the process. So arrays may be sent (of ARRAY_TYPES), but are selected as JSON.
 */
export function connect(url: string, options: ConnectionOptions = {}): Sql {
  return postgres(url, {
    max: options.max ?? 8,
    connect_timeout: 5,
    idle_timeout: 300,
    fetch_types: false,
    connection: { application_name: options.applicationName ?? 'dashboard-stats' },
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: Number },
      ...Object.fromEntries(
        ARRAY_TYPES.map((oid) => [
          `array_${oid}`,
          { to: oid, from: [], serialize: arrayLiteral, parse: String },
        ]),
      ),
    },
    onnotice: (notice) => options.onNotice?.(`${notice['severity']}: ${notice['message']}`),
  }) as unknown as Sql;
}

function arrayLiteral(items: readonly unknown[]): string {
  const elements = items.map((item) =>
    item === null || item === undefined ? 'NULL' : `"${String(item).replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${elements.join(',')}}`;
}
