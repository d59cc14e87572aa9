import type { Tx } from '../../db/connection.ts';
import { CHANNEL, payloadOf } from '../../db/notify.ts';

/**
 * Announces a refresh that changed something when the transaction commits, and queues what the outbox
 * delivers to the application's real-time tables (sql/011): one statement, which only appends and so waits for nobody.
 *
 * @param changed keys of documents that changed
 * @param gone keys of documents that were deleted
 * @param notifications whether the application's hub gets notifications (NOTIFICATIONS)
 */
export async function announceChanges(
  tx: Tx,
  { revision, changed, gone }: { revision: number; changed: readonly string[]; gone: readonly string[] },
  notifications: boolean,
): Promise<void> {
  const keys = [...changed, ...gone];
  await tx`
    WITH event AS (
      INSERT INTO dashboard_stats.queued_events (revision, keys, processing_ms)
      VALUES (${revision}, ${keys}::text[], extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)
    ), queued AS (
      INSERT INTO dashboard_stats.queued_notifications (cache_key)
      SELECT unnest(${changed as string[]}::text[]) WHERE ${notifications}
    )
    SELECT pg_notify(${CHANNEL}, ${payloadOf(revision, keys)})`;
}
