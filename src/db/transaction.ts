import type { Sql, Tx } from './connection.ts';

export type Isolation = 'read committed' | 'repeatable read';

/**
 * Runs `work` in a transaction on a connection of its own; commits its result, rolls back what it threw.
 *
 * Not `sql.begin`: when the server drops the connection in the middle, that one sends ROLLBACK to a socket that is
 * gone, which ends the process (porsager/postgres#1208). A lost connection has rolled back by itself, so here nothing
 * is sent to it and it is not given back; the pool opens another.
 */
export async function transaction<T>(
  sql: Sql,
  isolation: Isolation,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const connection = await sql.reserve();
  try {
    await connection.unsafe(`BEGIN ISOLATION LEVEL ${isolation}`);
    const result = await work(connection);
    await connection.unsafe('COMMIT');
    connection.release();
    return result;
  } catch (error) {
    if (!isConnectionLost(error)) {
      await connection.unsafe('ROLLBACK').then(
        () => connection.release(),
        () => undefined,
      );
    }
    throw error;
  }
}

/** The server ended the session (FATAL), or the socket or the postgres package did. */
export function isConnectionLost(error: unknown): boolean {
  const { code, severity, severity_local } = error as Record<string, unknown>;
  if (severity === 'FATAL' || severity === 'PANIC' || severity_local === 'FATAL') return true;
  return /^(CONNECTION_.*|CONNECT_TIMEOUT|E(CONN.*|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN))$/.test(
    String(code),
  );
}
