import type { Sql, Tx } from '../db/connection.ts';
import { wasOvertaken } from '../db/failures.ts';
import { type Isolation, setQueryTimeout, transaction } from '../db/transaction.ts';

/** For a transaction that says nothing else. */
const DEFAULT_MS = 60_000;
/** For one statement of a rebuild, a scan or an audit. */
const LONG_MS = 600_000;
const LOCK_MS = 5_000;
/** The client gives up this much after the server should have. */
const GRACE_MS = 1_000;
/** After a serialization failure or deadlock, where no time is given that bounds them. */
const ATTEMPTS = 20;

/** Thrown by `work` where a table was truncated while it read (see TORN): from its start it may work. */
export class OvertakenError extends Error {
  readonly code = '40001';

  constructor() {
    super('A table was truncated or replaced while it was read.');
  }
}

/**
 * Runs `work` in a transaction that states its isolation level and is bounded on the server, since a frozen client
 * cannot cancel itself, and here, since a frozen server does not either. What fails because another transaction was
 * faster (40001, 40P01) is tried again from the start.
 *
 * @param timeZone the session's TimeZone for this transaction: every `::date` in it is a local day
 * @param withinMs for all attempts together, each statement and lock
 * @param statementMs for each statement where `withinMs` is not given; default 60,000
 * @param lockMs for each lock; default 5,000, and never more than for a statement
 */
export async function boundedTransaction<T>(
  sql: Sql,
  options: {
    isolation: Isolation;
    timeZone: string;
    withinMs?: number | undefined;
    statementMs?: number | undefined;
    lockMs?: number | undefined;
  },
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    const spent = attempt === 1 ? 0 : performance.now() - began;
    const statementMs =
      options.withinMs === undefined
        ? (options.statementMs ?? DEFAULT_MS)
        : Math.ceil(Math.max(1, options.withinMs - spent));
    try {
      return await transaction(
        sql,
        options.isolation,
        work,
        statementMs + GRACE_MS,
        settings(options.timeZone, statementMs, options.lockMs ?? LOCK_MS),
      );
    } catch (error) {
      const inVain =
        options.withinMs === undefined ? attempt === ATTEMPTS : performance.now() - began > options.withinMs;
      if (!wasOvertaken(error) || inVain) throw error;
    }
  }
}

/**
 * Lets the statements that follow in a transaction take up to ten minutes each, and end with the connection: without it
 * the server works on for a client that is gone (PostgreSQL 14 and newer can tell).
 */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx`
    SELECT set_config(name, '2s', true) FROM pg_settings WHERE name = 'client_connection_check_interval'`;
  await tx.unsafe(`SET LOCAL statement_timeout = ${LONG_MS}`);
  setQueryTimeout(tx, LONG_MS + GRACE_MS);
}

/** After the last of them: what is left of the transaction is short again, and a connection that went silent is found out. */
export async function endLongStatements(tx: Tx): Promise<void> {
  await tx.unsafe(`SET LOCAL statement_timeout = ${DEFAULT_MS}`);
  setQueryTimeout(tx, DEFAULT_MS + GRACE_MS);
}

function settings(timeZone: string, statementMs: number, lockMs: number): string {
  return [
    `statement_timeout = ${statementMs}`,
    `lock_timeout = ${Math.min(lockMs, statementMs)}`,
    `TimeZone = '${timeZone.replaceAll("'", "''")}'`,
    // An acknowledged revision must survive a crash of the server, or one version could name two bodies.
    `synchronous_commit = on`,
    // Compiling a hundred aggregates costs more than it saves, and sorts of groups belong into memory.
    `jit = off`,
    `work_mem = '64MB'`,
    // Planning a fold and its documents takes 40 ms, running them 5: one plan for each session is enough.
    `plan_cache_mode = force_generic_plan`,
  ]
    .map((setting) => `SET LOCAL ${setting};`)
    .join('\n');
}
