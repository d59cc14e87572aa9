import type { Sql, Tx } from './connection.ts';
import { failureKind } from './failures.ts';

/** `queryTimeout` comes from our patch of the package. */
type Reserved = Awaited<ReturnType<Sql['reserve']>> & { queryTimeout(seconds: number): void };

export type Isolation = 'read committed' | 'repeatable read';

export interface TransactionOptions {
  isolation: Isolation;
  /** The server refuses every change; default false. */
  readOnly?: boolean;
  /** The server cancels a statement that takes longer, in ms; default: none. */
  statementMs?: number | undefined;
  /** The server gives up the wait for a lock after so long, in ms; default: the statement's bound. */
  lockMs?: number | undefined;
  /** Bounds each statement and all attempts together, in ms; takes the place of `statementMs`. */
  withinMs?: number | undefined;
  /**
   * How often `work` is started at most: it starts again where another transaction was faster (40001, 40P01).
   * Default 1. With `withinMs` as often as fits in.
   */
  attempts?: number;
  /** Further settings of the session for this transaction, by name. */
  settings?: Readonly<Record<string, string>>;
}

/** A client that is frozen or cut off cannot end its transaction, and would hold its locks: the server ends it. */
const IDLE_TIMEOUT = '10s';
/** The client gives the connection up so long after the server should have answered. */
const GRACE_MS = 1_000;

/**
 * Runs `work` in a transaction on a connection of its own; commits its result, rolls back what it threw. The only place
 * that opens a transaction.
 *
 * Not `sql.begin`: where the connection is lost, that one answers with the failure of its own ROLLBACK. What is sent
 * after the loss is refused, never run on the connection that replaces the lost one (docs/adr/002).
 *
 * Where a pooler in transaction mode has come in between, statements are not prepared from then on, and `work` starts again.
 *
 * @throws what `work` or the server threw
 */
export async function transaction<T>(
  sql: Sql,
  options: TransactionOptions,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const { withinMs, attempts = 1 } = options;
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    const spentMs = attempt === 1 ? 0 : performance.now() - began;
    const statementMs =
      withinMs === undefined ? options.statementMs : Math.ceil(Math.max(1, withinMs - spentMs));
    const { prepare } = sql.options;
    try {
      return await runOnce(sql, { ...options, statementMs }, work);
    } catch (error) {
      const kind = failureKind(error);
      if (prepare && kind === 'sessionChanged') stopPreparing(sql);
      else if (kind !== 'conflict') throw error;
      else if (withinMs === undefined ? attempt >= attempts : performance.now() - began > withinMs)
        throw error;
    }
  }
}

/** Changes `statementMs` for the statements that follow in a transaction. */
export async function setStatementTimeout(tx: Tx, statementMs: number): Promise<void> {
  await tx.unsafe(`SET LOCAL statement_timeout = ${statementMs}`);
  (tx as Reserved).queryTimeout((statementMs + GRACE_MS) / 1000);
}

/** For the pool and all its connections: no statement is kept by a session, since the next one may meet another. */
export function stopPreparing(sql: Sql): void {
  (sql.options as { prepare: boolean }).prepare = false;
}

async function runOnce<T>(sql: Sql, options: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { isolation, readOnly = false, statementMs } = options;
  const connection = (await sql.reserve()) as Reserved;
  try {
    // One message, and no snapshot yet. It has the pool's own bound: a dead connection is detected soon.
    await connection.unsafe(
      `BEGIN ISOLATION LEVEL ${isolation}${readOnly ? ' READ ONLY' : ''};\n${settingsOf(options)}`,
    );
    connection.queryTimeout(statementMs === undefined ? 0 : (statementMs + GRACE_MS) / 1000);
    const result = await work(connection);
    await connection.unsafe('COMMIT');
    return result;
  } catch (error) {
    // It fails on a lost connection, and the server has rolled back by itself.
    await connection.unsafe('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
}

function settingsOf({ statementMs, lockMs, settings = {} }: TransactionOptions): string {
  const all = {
    idle_in_transaction_session_timeout: IDLE_TIMEOUT,
    // A policy that would hide rows from us is an error of the server then, and no wrong figure.
    row_security: 'off',
    ...(statementMs === undefined ? {} : { statement_timeout: `${statementMs}ms` }),
    ...(lockMs === undefined ? {} : { lock_timeout: `${Math.min(lockMs, statementMs ?? lockMs)}ms` }),
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `SET LOCAL ${name} = '${value.replaceAll("'", "''")}';`)
    .join('\n');
}
