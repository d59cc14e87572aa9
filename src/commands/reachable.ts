import type { Sql } from '../db/connection.ts';

/** Between two tries. */
const RETRY_MS = 1_000;

/** Whether the database could not be reached at all, or is starting: then waiting helps. A wrong password is not that. */
export function isAway(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (cause !== undefined && cause !== null) return isAway(cause);
  // Class 28 and 3D: the wrong role, password or database.
  return code === '57P03' || (isConnectionLost(error) && !/^(28|3D)/.test(String(code)));
}

/** Tries each second until the database answers anything, or `stop`. */
export async function untilReachable(sql: Sql, stop: Promise<void>): Promise<void> {
  let stopped = false;
  void stop.then(() => {
    stopped = true;
  });
  while (!stopped) {
    try {
      await sql`SELECT 1`;
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
  }
}

/** The server ended the session (FATAL), or the socket or the postgres package did. */
function isConnectionLost(error: unknown): boolean {
  const { code, severity, severity_local } = error as Record<string, unknown>;
  if (severity === 'FATAL' || severity === 'PANIC' || severity_local === 'FATAL') return true;
  return /^(CONNECTION_.*|CONNECT_TIMEOUT|E(CONN.*|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN))$/.test(
    String(code),
  );
}
