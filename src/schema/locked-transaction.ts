/**
 * The transaction that every change of the schema runs in. It keeps two promises: only one node migrates at a time, and
 * an application is not held up by a migration that waits for a lock.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, Tx } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { transaction } from '../db/transaction.ts';
import { MigrationError } from '../errors.ts';
import { describeLockHolders } from './sessions.ts';

/** Any number that nothing else in the database takes an advisory lock on; the bytes spell "dash". */
const MIGRATION_LOCK = 0x64617368;
/** With the default timeout and the pauses this outlasts a transaction that holds its locks for a minute. */
const ATTEMPTS = 40;
/** The pause between attempts in multiples of the lock timeout, at first and at most: sessions queued behind us run then. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 10;
/**
 * A timeout that is set for the role would cut off an index on a large table. A client that froze in the middle, on the
 * other hand, would keep its locks for good.
 */
const SETTINGS = { lock_timeout: '0', statement_timeout: '0', idle_in_transaction_session_timeout: '60s' };
/** How long one attempt may block the application, by default. */
export const LOCK_TIMEOUT_MS = 200;

/**
 * Runs `work` in a transaction under the migration lock, which it waits for without a limit: the node that waits is to
 * find the work done. Unqualified names mean the schema that "Projects" lies in, wherever it stands on the search path.
 *
 * For every other lock it waits `lockTimeoutMs` at most, then rolls back and tries again later, because whoever asks
 * for a table after us waits behind us.
 *
 * @param onWait called after the first attempt that had to give up, with a line for each session in the way
 * @throws MigrationError after the last attempt, naming the sessions in the way. Other errors pass through.
 */
export async function lockedTransaction<Result>(
  sql: Sql,
  lockTimeoutMs: number,
  work: (tx: Tx) => Promise<Result>,
  onWait?: (holders: readonly string[]) => void,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(sql, { isolation: 'read committed', settings: SETTINGS }, async (tx) => {
        await beginMigrating(tx, lockTimeoutMs);
        return work(tx);
      });
    } catch (error) {
      const kind = failureKind(error);
      if (kind !== 'locked' && kind !== 'conflict') throw error;
      const holders = await describeLockHolders(sql).catch(() => []);
      if (attempt === ATTEMPTS) throw lockedOut(holders, lockTimeoutMs, error);
      if (attempt === 1) onWait?.(holders);
      await sleep(Math.min(FIRST_PAUSE * attempt, LONGEST_PAUSE) * lockTimeoutMs);
    }
  }
}

async function beginMigrating(tx: Tx, lockTimeoutMs: number): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
  await tx`SELECT set_config('lock_timeout', ${`${lockTimeoutMs}ms`}, true)`;
  await tx`
    SELECT set_config('search_path', quote_ident(nspname) || ', ' || current_setting('search_path'), true)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = to_regclass('"Projects"')`;
}

function lockedOut(holders: readonly string[], lockTimeoutMs: number, cause: unknown): MigrationError {
  const who = holders.length > 0 ? ` In the way are now:\n  ${holders.join('\n  ')}` : '';
  return new MigrationError(
    `A table stayed locked by another session: ${ATTEMPTS} attempts of ${lockTimeoutMs} ms each.${who}`,
    {
      cause,
      help:
        'Wait for the long transaction to end, or end it (pg_terminate_backend), and run this again: it goes on ' +
        'where it stopped. Such sessions have an old xact_start or the state "idle in transaction" in pg_stat_activity.',
    },
  );
}
