/**
 * Finds out whether a pooler in transaction mode (PgBouncer, say) stands between us and PostgreSQL. There each transaction
 * may have another session: what is prepared in one is missing in the next, and LISTEN hears nothing.
 */
import { connect, type Sql } from './connection.ts';

/** For each of the statements, which do nothing. */
const QUERY_TIMEOUT_MS = 5_000;
/**
 * Behind a pooler in session mode all of them are asked, in some tens of milliseconds. In transaction mode other clients
 * would have to take and give back sessions in step with each of them for it to stay hidden.
 */
const ROUNDS = 50;

/**
 * Where there is such a pooler `sql` prepares nothing from now on.
 *
 * @param url the one of `sql`
 * @throws what the database threw
 */
export async function adaptToPooler(sql: Sql, url: string): Promise<boolean> {
  const pooled = await isPooled(url);
  if (pooled) (sql.options as { prepare: boolean }).prepare = false;
  return pooled;
}

/**
 * Two clients that have a session each never meet the other's process, nor a second one. What PostgreSQL says when a
 * client connects names that process; a pooler says something of its own, so the usual case is plain after one question.
 */
async function isPooled(url: string): Promise<boolean> {
  const clients = [0, 1].map(() => connect(url, { max: 1, queryTimeoutMs: QUERY_TIMEOUT_MS }));
  try {
    const processes = clients.map(() => new Set<number>());
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, client] of clients.entries()) {
        const rows = await client.unsafe<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
        const [{ pid }] = rows;
        if (rows.state.pid === pid) return false;
        processes[i]?.add(pid);
        if (processes[i]?.size !== 1 || processes[1 - i]?.has(pid)) return true;
      }
    }
    return false;
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 0 })));
  }
}
