/**
 * Finds out whether a pooler in transaction mode (PgBouncer, say) stands between us and PostgreSQL. There each transaction
 * may have another session: what is prepared in one is missing in the next, and LISTEN hears nothing.
 */
import { connect, type Sql } from './connection.ts';
import { stopPreparing, transaction } from './transaction.ts';

/** For each of the statements, which do nothing. */
const QUERY_TIMEOUT_MS = 5_000;
/** So many look alike by chance once in 2^50 times. Behind a pooler in session mode, in some tens of milliseconds, all are asked. */
const QUESTIONS = 50;

export const POOLED =
  'A pooler gives each transaction another session: no LISTEN, so what other nodes refresh shows here within a second.';

/**
 * Where there is such a pooler `sql` prepares nothing from now on. One that comes later is found out by what it breaks:
 * see transaction.ts.
 *
 * @param url the one of `sql`
 * @throws what the database threw; a pooler in statement mode, where nothing works, says so
 */
export async function adaptToPooler(sql: Sql, url: string): Promise<boolean> {
  const pooled = await isPooled(url);
  if (pooled) {
    stopPreparing(sql);
    await transaction(sql, { isolation: 'read committed' }, (tx) => tx.unsafe('SELECT 1'));
  }
  return pooled;
}

/**
 * Two clients that have a session each never meet the other's process, nor a second one. Which of them asks is left to
 * chance, or a pooler that takes turns could give each its own. What PostgreSQL says when a client connects names that
 * process; a pooler says something of its own, so the usual case is plain after one question.
 *
 * @throws what the database threw
 */
export async function isPooled(url: string): Promise<boolean> {
  const [one, two] = [newClient(url), newClient(url)];
  try {
    for (let question = 0; question < QUESTIONS; question++) {
      const [asked, other] = Math.random() < 0.5 ? [one, two] : [two, one];
      const rows = await asked.sql.unsafe<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
      const [{ pid }] = rows;
      if (rows.state.pid === pid) return false;
      asked.seen.add(pid);
      if (asked.seen.size > 1 || other.seen.has(pid)) return true;
    }
    return false;
  } finally {
    await Promise.all([one, two].map(({ sql }) => sql.end({ timeout: 0 })));
  }
}

/** `seen`: the processes that it has met. */
function newClient(url: string): { sql: Sql; seen: Set<number> } {
  const sql = connect(url, { max: 1, prepare: false, queryTimeoutMs: QUERY_TIMEOUT_MS });
  return { sql, seen: new Set() };
}
