/**
 * Detects whether a pooler in transaction mode (PgBouncer, say) is between us and PostgreSQL. There each transaction
 * may have another session: what is prepared in one is missing in the next, and LISTEN receives nothing.
 */
import type { Address } from '../address/address.ts';
import { connect, type Sql } from './connection.ts';
import { stopPreparing, transaction } from './transaction.ts';

const QUERY_TIMEOUT_MS = 5_000;
/** One is enough on an idle pooler; where others use it meanwhile, one may show nothing. Together some ten milliseconds. */
const ROUNDS = 10;

export const POOLED =
  'A pooler in transaction mode is in front of the database: without LISTEN, what other nodes refresh shows here within a second.';

/**
 * Where there is such a pooler `sql` prepares nothing from now on. One that comes later is detected by what it breaks (26000):
 * see transaction.ts.
 *
 * @param to the address of `sql`
 * @throws what the database threw; a pooler in statement mode, where nothing works, says so
 */
export async function adaptToPooler(sql: Sql, to: Address): Promise<boolean> {
  const pooled = await isPooled(to);
  if (pooled) {
    stopPreparing(sql);
    await transaction(sql, { isolation: 'read committed' }, (tx) => tx.unsafe('SELECT 1'));
  }
  return pooled;
}

/**
 * A client that has a session of its own always meets the same server process, and no other client meets it. Behind a
 * pooler that gives the server that was free last, two clients soon meet the same process; behind one that takes turns,
 * one client that asks twice meets two.
 *
 * @throws what the database threw
 */
export async function isPooled(to: Address): Promise<boolean> {
  const [one, two] = [newClient(to), newClient(to)];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [asked, other] of [[one, two] as const, [one, two] as const, [two, one] as const]) {
        const rows = await asked.sql.unsafe<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
        const [{ pid }] = rows;
        // The server itself named its process when the client connected; a pooler names something of its own.
        if (rows.state.pid === pid) return false;
        asked.seen.add(pid);
        if (asked.seen.size > 1 || other.seen.has(pid)) return true;
      }
    }
    return false;
  } finally {
    await Promise.all([one, two].map(({ sql }) => sql.end({ timeout: 0 })));
  }
}

/** `seen`: the server processes that it has met. */
function newClient(to: Address): { sql: Sql; seen: Set<number> } {
  const sql = connect(to, { max: 1, prepare: false, queryTimeoutMs: QUERY_TIMEOUT_MS });
  return { sql, seen: new Set() };
}
