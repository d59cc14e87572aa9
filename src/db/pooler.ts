/**
 * Finds out whether a pooler in transaction mode (PgBouncer, say) stands between us and PostgreSQL. There each transaction
 * may have another session: what is prepared in one is missing in the next, and LISTEN hears nothing.
 */
import { connect, type Sql } from './connection.ts';

/** For each of the statements, which do nothing. */
const QUERY_TIMEOUT_MS = 5_000;
/** Whether a pooler gives the session that was free longest or shortest, one of so many transactions gets another one. */
const TRIES = 4;

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

/** A session of one's own has the same process each time; two that are open at once leave a pooler two to choose from. */
async function isPooled(url: string): Promise<boolean> {
  const clients = [0, 1].map(() => connect(url, { max: 1, queryTimeoutMs: QUERY_TIMEOUT_MS }));
  try {
    const [one, two] = (await Promise.all(clients.map((client) => client.reserve()))) as unknown as [
      Sql,
      Sql,
    ];
    await one.unsafe('BEGIN');
    const [{ pid: before }] = await one.unsafe<[{ pid: number }]>(PID);
    await two.unsafe('BEGIN');
    await two.unsafe(PID);
    await one.unsafe('COMMIT');
    await two.unsafe('COMMIT');
    for (let i = 0; i < TRIES; i++) {
      const [{ pid }] = await one.unsafe<[{ pid: number }]>(PID);
      if (pid !== before) return true;
    }
    return false;
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 0 })));
  }
}

const PID = 'SELECT pg_backend_pid() AS pid';
