import type { Tx } from '../db/connection.ts';
import { AUDIENCE, WRITTEN_BY } from './audience.ts';

/** The members of an array of a breakdown, by name: `{ "northern": { "total": 14, "completed": 2 } }`. */
const byName = (breakdown: string) => `(
  SELECT coalesce(jsonb_object_agg(item ->> 'name', jsonb_build_object('total', item -> 'total', 'completed', item -> 'completed')), '{}')
  FROM jsonb_array_elements(statistics #> '{breakdown,${breakdown}}') item)`;

const COUNTS = `'totalProjects', statistics -> 'totalProjects', 'statusBreakdown', statistics -> 'statusBreakdown',
  'completionPercentage', statistics -> 'completionPercentage'`;

/** What the clients get. The first one is the application's own contract: these four members, and no other. */
const DATA = `CASE type
  WHEN 'global' THEN jsonb_build_object(${COUNTS}, 'regionalStats', ${byName('regions')})
  WHEN 'regional' THEN jsonb_build_object('key', key, 'region', name, 'version', version, ${COUNTS},
    'facilityStats', ${byName('facilities')})
  ELSE jsonb_build_object('key', key, 'facilityType', name, 'version', version, ${COUNTS},
    'regionalStats', ${byName('regions')})
END`;

/**
 * Writes the notifications that are due: for each document one pending row, with what the document holds now. It
 * replaces the row that was pending: a hub that read that one without a lock, and marks it as sent later, must not mark
 * the newer one too. A row that the hub holds stays.
 *
 * A document whose last notification is less than a second old waits for the next time.
 *
 * @param at the database's clock
 * @returns how many rows were written
 */
export async function writeNotifications(tx: Tx, at: Date, ttlSeconds: number): Promise<number> {
  const { count } = await tx`
    WITH ${tx.unsafe(AUDIENCE)},
    due AS (
      DELETE FROM dashboard_stats.queued_notifications queued
      WHERE NOT EXISTS (
        SELECT FROM dashboard_stats.notified recent WHERE recent.cache_key = queued.cache_key
          AND recent.written_at > ${at}::timestamptz - INTERVAL '1 second' AND recent.written_at <= ${at})
      RETURNING cache_key
    ),
    document AS MATERIALIZED (
      SELECT audience.*, c."CacheId" AS document_id, c."Version" AS version, c."Statistics" AS statistics
      FROM audience
      JOIN "DashboardStatsCache" c ON c."CacheKey" = key AND c."CacheType" IN ('global', 'regional', 'facility')
      WHERE key IN (SELECT cache_key FROM due)
    ),
    remembered AS (
      INSERT INTO dashboard_stats.notified (cache_key, written_at) SELECT key, ${at} FROM document
      ON CONFLICT (cache_key) DO UPDATE SET written_at = excluded.written_at
    ),
    pending AS MATERIALIZED (
      SELECT n."NotificationId" AS id FROM "RealTimeNotifications" n
      JOIN document ON n."GroupName" = group_name AND n."EventType" = method
      WHERE n."Status" = 0 AND n."CreatedBy" = ${tx.unsafe(`'${WRITTEN_BY}'`)}
        AND coalesce(n."Data" ->> 'key', 'global') = key
      FOR UPDATE OF n SKIP LOCKED
    ),
    replaced AS (DELETE FROM "RealTimeNotifications" WHERE "NotificationId" IN (SELECT id FROM pending))
    INSERT INTO "RealTimeNotifications"
      ("NotificationId", "GroupName", "EventType", "EntityType", "EntityId", "Title", "Message", "Data", "Priority",
      "Status", "CreatedBy", "CreatedAt", "RetryCount", "MaxRetries", "ExpiresAt")
    SELECT gen_random_uuid(), group_name, method, 'DashboardStatsCache', document_id,
      left(display_name || ': statistics updated', 255),
      format('%s projects, %s completed', statistics -> 'totalProjects', statistics #> '{statusBreakdown,completed}'),
      ${tx.unsafe(DATA)}, 0, 0, ${WRITTEN_BY}, ${at}::timestamptz, 0, 3,
      ${at}::timestamptz + ${ttlSeconds} * INTERVAL '1 second'
    FROM document`;
  return count;
}
