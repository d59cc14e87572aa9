import type { Tx } from '../db/connection.ts';
import { AUDIENCE, WRITTEN_BY } from './audience.ts';

/**
 * One row of "RealTimeEventsLog" that covers every refresh since the last one, and one that covers every invalidation.
 *
 * Its "EventData": `{ "keys": ["global", ...], "revisions": [411, 412], "refreshes": 2 }` (`invalidations`), the revisions
 * ascending, and "ProcessingTimeMs" is what they took together.
 *
 * @param at the database's clock
 */
export async function writeEvents(tx: Tx, at: Date): Promise<void> {
  await tx`
    WITH ${tx.unsafe(AUDIENCE)},
    queued AS (DELETE FROM dashboard_stats.queued_events RETURNING event_type, revision, keys, processing_ms),
    named AS (SELECT DISTINCT event_type, unnest(keys) AS key FROM queued),
    logged AS (UPDATE dashboard_stats.outbox SET logged_at = ${at} WHERE EXISTS (SELECT FROM queued))
    INSERT INTO "RealTimeEventsLog"
      ("EventLogId", "EventType", "EntityType", "EntityId", "UserName", "EventData", "Recipients", "BroadcastGroups",
      "DeliveryStatus", "ProcessingTimeMs", "CreatedAt", "ProcessedAt")
    SELECT gen_random_uuid(), event_type, 'DashboardStatsCache',
      -- The event is of the whole dashboard; the database's epoch where somebody has deleted that document.
      coalesce((SELECT "CacheId" FROM "DashboardStatsCache" WHERE "CacheKey" = 'global' AND "CacheType" = 'global'),
        (SELECT epoch FROM dashboard_stats.state)),
      ${WRITTEN_BY},
      jsonb_build_object(
        'keys', (SELECT jsonb_agg(key ORDER BY key COLLATE "C") FROM named WHERE named.event_type = queued.event_type),
        'revisions', jsonb_agg(revision ORDER BY revision),
        CASE event_type WHEN 'StatsInvalidated' THEN 'invalidations' ELSE 'refreshes' END, count(*)),
      '[]',
      (SELECT coalesce(jsonb_agg(DISTINCT group_name), '[]') FROM audience JOIN named USING (key)
        WHERE named.event_type = queued.event_type),
      1, least(sum(processing_ms), 2147483647)::integer, ${at}::timestamptz, ${at}::timestamptz
    FROM queued GROUP BY event_type`;
}
