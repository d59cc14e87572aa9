import type { Tx } from '../db/connection.ts';

/** Of refreshes that could not be logged, the newest so many are kept in mind. */
const EVENTS = 10_000;

/**
 * Keeps small what cannot be paid, for want of a right or of a table: of each document one debt is enough, since it is
 * paid with what the document holds then. Only for the transaction that has locked the outbox.
 */
export async function boundOutbox(tx: Tx): Promise<void> {
  await tx`
    WITH twice AS (
      SELECT ctid, row_number() OVER (PARTITION BY cache_key) AS place FROM dashboard_stats.queued_notifications
    ), old AS (
      DELETE FROM dashboard_stats.queued_events
      WHERE revision <= (SELECT max(revision) FROM dashboard_stats.queued_events) - ${EVENTS}
    )
    DELETE FROM dashboard_stats.queued_notifications WHERE ctid IN (SELECT ctid FROM twice WHERE place > 1)`;
}
