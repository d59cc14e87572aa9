import type { Db } from '../../db/connection.ts';

/**
 * Ends sessions of this service whose client has been silent between two messages of one statement: a node that is frozen, or
 * a network that carries nothing any more. PostgreSQL has no bound for that: statement_timeout waits for the next message,
 * and idle_in_transaction_session_timeout for the last one. Such a session may hold the lock of all refreshes.
 *
 * @param silentForMs longer than a busy node takes to send the next message
 * @returns how many there were
 */
export async function endSilentSessions(sql: Db, silentForMs = 15_000): Promise<number> {
  const { count } = await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name LIKE 'dashboard-stats%'
      AND state = 'active' AND wait_event = 'ClientRead'
      AND state_change < clock_timestamp() - ${silentForMs} * INTERVAL '1 millisecond'`;
  return count;
}
