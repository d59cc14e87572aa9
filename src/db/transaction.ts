import type { Sql, Tx } from './connection.ts';
import { sessionWasChanged } from './failures.ts';

/** `queryTimeout` comes from our patch of the package. */
type Reserved = Awaited<ReturnType<Sql['reserve']>> & { queryTimeout(seconds: number): void };

/** Within `transaction`: for the queries that follow in it. */
export function setQueryTimeout(tx: Tx, milliseconds: number): void {
  (tx as unknown as Reserved).queryTimeout(milliseconds / 1000);
}

/** For the pool and all its connections: each statement is planned anew, whichever session it meets. */
export function stopPreparing(sql: Sql): void {
  (sql.options as { prepare: boolean }).prepare = false;
}

export type Isolation = 'read committed' | 'repeatable read';

/** A client that is frozen or cut off ends nothing itself, and would hold its locks: the server ends it. */
const IDLE = `SET LOCAL idle_in_transaction_session_timeout = '10s';`;

/**
 * Runs `work` in a transaction on a connection of its own; commits its result, rolls back what it threw.
 *
 * Not `sql.begin`: where the connection is lost, that one answers with the failure of its own ROLLBACK. What is sent
 * after the loss is refused, never run on the connection that replaces the lost one (docs/adr/002).
 *
 * `work` begins anew, and nothing is prepared from then on, where a pooler has come to stand in between.
 *
 * @param settings SET LOCAL statements, sent along with the BEGIN; they take no snapshot
 * @param queryTimeoutMs a query of `work` that is not answered for so long takes the connection with it; default 0:
 * none. BEGIN has the pool's own: it takes no time, so that it tells soon of a connection that is dead.
 */
export async function transaction<T>(
  sql: Sql,
  isolation: Isolation,
  work: (tx: Tx) => Promise<T>,
  queryTimeoutMs = 0,
  settings = '',
): Promise<T> {
  const { prepare } = sql.options;
  const attempt = () => once(sql, isolation, work, queryTimeoutMs, settings);
  return attempt().catch((error) => {
    if (!prepare || !sessionWasChanged(error)) throw error;
    stopPreparing(sql);
    return attempt();
  });
}

async function once<T>(
  sql: Sql,
  isolation: Isolation,
  work: (tx: Tx) => Promise<T>,
  queryTimeoutMs: number,
  settings: string,
): Promise<T> {
  const connection = (await sql.reserve()) as Reserved;
  try {
    await connection.unsafe(`BEGIN ISOLATION LEVEL ${isolation};\n${IDLE}\n${settings}`);
    setQueryTimeout(connection, queryTimeoutMs);
    const result = await work(connection);
    await connection.unsafe('COMMIT');
    return result;
  } catch (error) {
    // On a lost connection it fails, and the server has rolled back by itself.
    await connection.unsafe('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
}
