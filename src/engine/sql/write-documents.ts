import type { Tx } from '../../db/connection.ts';
import type { ComputedDocument } from '../document.ts';

interface Stamp {
  revision: number;
  asOf: Date;
  ttlSeconds: number;
}

/** When a document checked at `asOf` expires: after its time to live, or at local midnight if that is sooner. */
const expiresAt = (tx: Tx, { asOf, ttlSeconds }: Pick<Stamp, 'asOf' | 'ttlSeconds'>) =>
  tx`least(${asOf}::timestamptz + ${ttlSeconds} * INTERVAL '1 second', (${asOf}::timestamptz::date + 1)::timestamptz)`;

/** Stores new or changed documents under one revision. The transaction must have set TimeZone. */
export async function writeDocuments(
  tx: Tx,
  documents: readonly ComputedDocument[],
  stamp: Stamp,
): Promise<void> {
  await tx`
    WITH document AS (
      SELECT * FROM unnest(
        ${documents.map((d) => d.key)}::text[], ${documents.map((d) => d.type)}::text[],
        ${documents.map((d) => d.entityId)}::uuid[], ${documents.map((d) => d.displayName)}::text[],
        ${documents.map((d) => d.statistics)}::text[]
      ) AS d (key, type, entity_id, display_name, statistics)
    ), described AS (
      INSERT INTO dashboard_stats.documents (cache_key, display_name, checked_at)
      SELECT key, display_name, ${stamp.asOf}::timestamptz FROM document
      ON CONFLICT (cache_key) DO UPDATE SET display_name = excluded.display_name, checked_at = excluded.checked_at
    )
    INSERT INTO "DashboardStatsCache"
      ("CacheKey", "CacheType", "EntityId", "Statistics", "LastCalculated", "ExpiresAt", "Version", "IsValid")
    SELECT key, type, entity_id, statistics::jsonb, ${stamp.asOf}::timestamptz, ${expiresAt(tx, stamp)},
      ${stamp.revision}, true
    FROM document
    ON CONFLICT ("CacheKey") WHERE "CacheType" IN ('global', 'regional', 'facility') DO UPDATE SET
      "CacheType" = excluded."CacheType", "EntityId" = excluded."EntityId", "Statistics" = excluded."Statistics",
      "LastCalculated" = excluded."LastCalculated", "ExpiresAt" = excluded."ExpiresAt",
      "Version" = excluded."Version", "IsValid" = true`;
}

/** Documents that a check found still true: they live on, and neither version nor asOf moves. */
export async function renewDocuments(
  tx: Tx,
  keys: readonly string[],
  stamp: Omit<Stamp, 'revision'>,
): Promise<void> {
  await tx`
    WITH checked AS (
      UPDATE dashboard_stats.documents SET checked_at = ${stamp.asOf}::timestamptz
      WHERE cache_key = ANY(${keys as string[]}::text[])
    )
    UPDATE "DashboardStatsCache" SET "ExpiresAt" = ${expiresAt(tx, stamp)}, "IsValid" = true
    WHERE "CacheKey" = ANY(${keys as string[]}::text[]) AND "CacheType" IN ('global', 'regional', 'facility')`;
}

/** Deletes our documents of scopes that are no longer active. Returns their keys. */
export async function deleteOtherDocuments(tx: Tx, activeKeys: readonly string[]): Promise<string[]> {
  const gone = await tx<{ key: string }[]>`
    WITH gone AS (
      DELETE FROM dashboard_stats.documents WHERE cache_key <> ALL(${activeKeys as string[]}::text[])
      RETURNING cache_key AS key
    ), emptied AS (
      DELETE FROM "DashboardStatsCache" USING gone
      WHERE "CacheKey" = gone.key AND "CacheType" IN ('global', 'regional', 'facility')
    )
    SELECT key FROM gone`;
  return gone.map((row) => row.key);
}
