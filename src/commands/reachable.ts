import type { Sql } from '../db/connection.ts';
import { isUnreachable } from '../db/failures.ts';

/** Between two tries. */
const RETRY_MS = 1_000;

/** Tries each second until the database answers anything; false: `stop` came first. */
export async function untilReachable(sql: Sql, stop: Promise<unknown>): Promise<boolean> {
  let stopped = false;
  void stop.then(() => {
    stopped = true;
  });
  while (!stopped) {
    // First: what was in the way just now may let a mere SELECT through.
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
    try {
      await sql.unsafe('SELECT 1');
      return true;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
    }
  }
  return false;
}
