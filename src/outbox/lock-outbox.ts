import type { Tx } from '../db/connection.ts';

/**
 * Makes this transaction the one that pays what is owed.
 *
 * @returns the database's clock, which no earlier payer has seen later; undefined while somebody else pays
 */
export async function lockOutbox(tx: Tx): Promise<Date | undefined> {
  const [row] = await tx<{ at: Date }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) AS at
    FROM dashboard_stats.outbox FOR UPDATE SKIP LOCKED`;
  return row?.at;
}
