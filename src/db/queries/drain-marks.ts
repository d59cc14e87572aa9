import type { Tx } from '../connection.ts';

/**
 * Takes every mark that the transaction's snapshot sees. Under REPEATABLE READ these are the marks of exactly the
 * changes that the snapshot shows; one that commits later stays for the next refresh.
 *
 * @returns how many
 */
export async function drainMarks(tx: Tx): Promise<number> {
  const result = await tx`DELETE FROM dashboard_stats.marks`;
  return result.count;
}
