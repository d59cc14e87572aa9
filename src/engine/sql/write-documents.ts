import type { Tx } from '../../db/connection.ts';
import type { ComputedDocument } from '../document.ts';

/** Of the documents of one refresh. */
export interface Stamp {
  revision: number;
  asOf: Date;
  ttlSeconds: number;
}

export const stampValues = ({ revision, asOf, ttlSeconds }: Stamp) => [revision, asOf, ttlSeconds];

/** What the transaction stores is compressed by lz4, in a tenth of the time, on a server that was built with it. */
export async function compressFast(tx: Tx): Promise<void> {
  await tx.unsafe(
    `DO $$ BEGIN SET LOCAL default_toast_compression = 'lz4'; EXCEPTION WHEN OTHERS THEN END $$`,
  );
}

/** When a document checked at `asOf` expires: after its time to live, or at local midnight if that is sooner. */
const expiresAt = (asOf: string, ttlSeconds: string) =>
  `least(${asOf} + ${ttlSeconds} * INTERVAL '1 second', (${asOf}::date + 1)::timestamptz)`;

/**
 * CTEs that store the documents of `computed` (document.ts) which changed. The transaction must have set TimeZone.
 *
 * @param first the number of the first parameter; stampValues are to be passed from there on
 */
export function stored(first: number): string {
  const revision = `$${first}::integer`;
  const asOf = `$${first + 1}::timestamptz`;
  return `
    described AS (
      INSERT INTO dashboard_stats.documents (cache_key, display_name, checked_at)
      SELECT key, display_name, ${asOf} FROM computed WHERE changed
      ON CONFLICT (cache_key) DO UPDATE SET display_name = excluded.display_name, checked_at = excluded.checked_at
    ),
    stored AS (
      INSERT INTO "DashboardStatsCache"
        ("CacheKey", "CacheType", "EntityId", "Statistics", "LastCalculated", "ExpiresAt", "Version", "IsValid")
      SELECT key, type, id, statistics, ${asOf}, ${expiresAt(asOf, `$${first + 2}::integer`)}, ${revision}, true
      FROM computed WHERE changed
      ON CONFLICT ("CacheKey") WHERE "CacheType" IN ('global', 'regional', 'facility') DO UPDATE SET
        "CacheType" = excluded."CacheType", "EntityId" = excluded."EntityId", "Statistics" = excluded."Statistics",
        "LastCalculated" = excluded."LastCalculated", "ExpiresAt" = excluded."ExpiresAt",
        "Version" = excluded."Version", "IsValid" = true
    )`;
}

/** Stores those of scanned documents that changed. A statement that writes has no parallel plan, so the scan is another one. */
export async function writeDocuments(
  tx: Tx,
  documents: readonly ComputedDocument[],
  stamp: Stamp,
): Promise<void> {
  const changed = documents.filter((d) => d.changed);
  if (changed.length === 0) return;
  await tx.unsafe(
    `WITH computed AS (
      SELECT key, type, id, display_name, statistics::jsonb AS statistics, true AS changed
      FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[]) AS d (key, type, id, display_name, statistics)
    ), ${stored(6)} SELECT`,
    [
      changed.map((d) => d.key),
      changed.map((d) => d.type),
      changed.map((d) => d.entityId) as string[],
      changed.map((d) => d.displayName),
      changed.map((d) => d.statistics) as string[],
      ...stampValues(stamp),
    ],
  );
}

/** Documents that a check found still true: they live on, and neither version nor asOf moves. */
export async function renewDocuments(
  tx: Tx,
  keys: readonly string[],
  { asOf, ttlSeconds }: Omit<Stamp, 'revision'>,
): Promise<void> {
  await tx.unsafe(
    `WITH checked AS (
      UPDATE dashboard_stats.documents SET checked_at = $2::timestamptz WHERE cache_key = ANY($1::text[])
    )
    UPDATE "DashboardStatsCache" SET "ExpiresAt" = ${expiresAt('$2::timestamptz', '$3::integer')}, "IsValid" = true
    WHERE "CacheKey" = ANY($1::text[]) AND "CacheType" IN ('global', 'regional', 'facility')`,
    [keys as string[], asOf, ttlSeconds],
  );
}

/** Deletes our documents of scopes that are no longer active. Returns their keys. */
export async function deleteOtherDocuments(tx: Tx, activeKeys: readonly string[]): Promise<string[]> {
  const gone = await tx<{ key: string }[]>`
    WITH gone AS (
      DELETE FROM dashboard_stats.documents WHERE cache_key NOT IN (SELECT unnest(${activeKeys as string[]}::text[]))
      RETURNING cache_key AS key
    ), emptied AS (
      DELETE FROM "DashboardStatsCache" USING gone
      WHERE "CacheKey" = gone.key AND "CacheType" IN ('global', 'regional', 'facility')
    )
    SELECT key FROM gone`;
  return gone.map((row) => row.key);
}
