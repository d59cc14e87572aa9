import type { Sql, Tx } from '../db/connection.ts';
import { type Isolation, transaction } from '../db/transaction.ts';

/** Bounds that the server keeps, since a frozen client cannot cancel itself. All in milliseconds. */
export interface Bounds {
  /** For one statement; default 600 s. */
  statementMs?: number;
  /** For a lock; default 5 s. */
  lockMs?: number;
}

/** How often a transaction is tried again after a serialization failure or deadlock. */
const ATTEMPTS = 20;

/**
 * Runs `work` in a transaction that states its isolation level and is bounded on the server. What fails because
 * another transaction was faster (40001, 40P01) is tried again from the start.
 *
 * @param timeZone the session's TimeZone for this transaction: every `::date` in it is a local day
 */
export async function boundedTransaction<T>(
  sql: Sql,
  options: { isolation: Isolation; timeZone: string } & Bounds,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const settings = [
    `statement_timeout = ${options.statementMs ?? 600_000}`,
    `lock_timeout = ${options.lockMs ?? 5_000}`,
    `idle_in_transaction_session_timeout = 10000`,
    `TimeZone = '${options.timeZone.replaceAll("'", "''")}'`,
    // An acknowledged revision must survive a crash of the server, or one version could name two bodies.
    `synchronous_commit = on`,
    // Compiling a hundred aggregates costs more than it saves, and sorts of groups belong into memory.
    `jit = off`,
    `work_mem = '64MB'`,
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(sql, options.isolation, async (tx) => {
        // SET takes no snapshot, so that the lock that follows comes first in it.
        await tx.unsafe(settings.map((setting) => `SET LOCAL ${setting};`).join('\n'));
        return work(tx);
      });
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === '40001' || code === '40P01';
}
