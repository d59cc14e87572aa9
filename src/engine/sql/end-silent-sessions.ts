import type { Db } from '../../db/connection.ts';
import { failureKind } from '../../db/failures.ts';
import type { Log } from '../../log.ts';

/**
 * Ends sessions of this service whose client has been silent between two messages of one statement: a node that is frozen, or
 * a network that carries nothing any more. PostgreSQL has no bound for that: statement_timeout waits for the next message,
 * and idle_in_transaction_session_timeout for the last one. Such a session may hold the lock of all refreshes.
 *
 * A role without EXECUTE on pg_terminate_backend ends none, and everything else goes on.
 *
 * @param silentForMs longer than a busy node takes to send the next message
 * @returns how many there were
 */
export async function endSilentSessions(sql: Db, log: Log, silentForMs = 15_000): Promise<number> {
  try {
    const { count } = await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name LIKE 'dashboard-stats%'
      AND state = 'active' AND wait_event = 'ClientRead'
      AND state_change < clock_timestamp() - ${silentForMs} * INTERVAL '1 millisecond'`;
    if (count > 0) log.warn({ sessions: count }, 'Sessions of nodes that have gone silent were ended.');
    return count;
  } catch (error) {
    if (failureKind(error) !== 'forbidden') throw error;
    log.debug({ err: error }, 'The role may not end its own silent sessions (docs/rights.md).');
    return 0;
  }
}
