import type { Sql, Tx } from '../db/connection.ts';
import { rootCause } from '../db/failures.ts';
import { setStatementTimeout, type TransactionOptions, transaction } from '../db/transaction.ts';
import { UnknownTimeZoneError } from '../errors.ts';

/** For a transaction that says nothing else. */
const STATEMENT_MS = 60_000;
/** For one statement of a rebuild, a scan or an audit. */
const LONG_STATEMENT_MS = 600_000;
const LOCK_MS = 5_000;
const ATTEMPTS = 20;

export interface Traced {
  /** Of the traceparent of a request. */
  traceId?: string | undefined;
}

/** Thrown where a table was truncated or rewritten while it was read (see rewrittenSince): the transaction starts again. */
export class SerializationConflictError extends Error {
  readonly code = '40001';

  constructor() {
    super('A table was truncated or rewritten while it was read.');
  }
}

/**
 * A transaction of the engine: bounded, with the settings that its statements need, and started again where another
 * transaction was faster.
 *
 * @throws UnknownTimeZoneError, or what `work` or the server threw
 * @param timeZone the session's TimeZone: every `::date` in it is a local day
 * @param options bounds in ms; default 60,000 for a statement, 5,000 for a lock. `traceId`: of the request that it is for; the
 * session has it in its name for as long as the transaction lasts
 */
export async function engineTransaction<T>(
  sql: Sql,
  timeZone: string,
  options: Pick<TransactionOptions, 'isolation' | 'withinMs' | 'statementMs' | 'lockMs'> & Traced,
  work: (tx: Tx) => PromiseLike<T>,
): Promise<T> {
  const { isolation, withinMs, statementMs = STATEMENT_MS, lockMs = LOCK_MS, traceId } = options;
  const name = traceId === undefined ? {} : { application_name: `dashboard-stats trace ${traceId}` };
  const settings = { TimeZone: timeZone, ...SETTINGS, ...name };
  const bounds = { isolation, withinMs, statementMs, lockMs, attempts: ATTEMPTS, settings };
  return transaction(sql, bounds, work).catch((error) => {
    const isOfZone = rootCause(error).code === '22023' && error.message.includes('"TimeZone"');
    throw isOfZone ? new UnknownTimeZoneError(timeZone, error) : error;
  });
}

/** @throws UnknownTimeZoneError where the server does not know the zone */
export async function requireTimeZone(sql: Sql, timeZone: string): Promise<void> {
  await engineTransaction(sql, timeZone, { isolation: 'read committed' }, (tx) => tx.unsafe('SELECT'));
}

const SETTINGS = {
  // An acknowledged revision must survive a crash of the server, or one version could name two bodies.
  synchronous_commit: 'on',
  // Compiling a hundred aggregates costs more than it saves, and sorts of groups belong into memory.
  jit: 'off',
  work_mem: '64MB',
  // Planning a fold and its documents takes 40 ms, running them 5: one plan for each session is enough.
  plan_cache_mode: 'force_generic_plan',
};

/**
 * Lets the statements that follow in a transaction take up to ten minutes each, and end with the connection: without it
 * the server works on for a client that is gone (PostgreSQL 14 and newer can tell).
 */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx`
    SELECT set_config(name, '2s', true) FROM pg_settings WHERE name = 'client_connection_check_interval'`;
  await setStatementTimeout(tx, LONG_STATEMENT_MS);
}

/** After the last of them: a connection that goes silent is detected soon again. */
export function endLongStatements(tx: Tx): Promise<void> {
  return setStatementTimeout(tx, STATEMENT_MS);
}
