import { finiteTime, secondsUntil } from '../db/columns.ts';
import type { Db } from '../db/connection.ts';

/** Names a state of the table: it differs after each change. */
export interface Position {
  epoch: string;
  revision: number;
  renewals: number;
}

/** One kept document, as the table has it. */
export interface KeptDocument {
  key: string;
  type: 'global' | 'regional' | 'facility';
  entityId: string | null;
  displayName: string;
  version: number;
  valid: boolean;
  asOf: Date;
  /** Until "ExpiresAt" by the database's clock: a node's own clock decides nothing. */
  secondsLeft: number;
  /** Since the last check that found it true. */
  secondsChecked: number;
  /** jsonb as text; null where the version is not newer than `from`. */
  statistics: string | null;
}

/** The table at one moment, or what has changed in it. */
export interface TableState {
  position: Position;
  schemaVersion: number;
  timeZone: string | null;
  /** The local day of the documents, `YYYY-MM-DD`; null before any refresh. */
  localDate: string | null;
  /** Up to when everything committed is in the documents: so long ago, by the database's clock; null before any refresh. */
  caughtUpMsAgo: number | null;
  /** Changes may have left no mark, so that the documents lack them: somebody dropped or disabled our triggers. */
  marksLost: boolean;
  /** Changes leave marks; false after `migrate --no-triggers`. */
  tracksChanges: boolean;
  /** undefined when nothing has changed since `from`. */
  documents: KeptDocument[] | undefined;
}

/**
 * What has changed since `from`, in one statement and so in one snapshot: the whole list of (key, version), with the
 * statistics of those that are newer.
 *
 * @returns undefined when there is no state row
 */
export async function readTable(sql: Db, from: Position | undefined): Promise<TableState | undefined> {
  const rows = await sql<
    (Position &
      Pick<
        TableState,
        'schemaVersion' | 'timeZone' | 'marksLost' | 'tracksChanges' | 'localDate' | 'caughtUpMsAgo'
      > &
      (KeptDocument | { key: null }))[]
  >`
    SELECT s.epoch, s.revision, s.renewals, s.schema_version AS "schemaVersion", s.time_zone AS "timeZone",
      to_char(s.local_date, 'YYYY-MM-DD') AS "localDate",
      s.marks_lost AS "marksLost", s.wants_triggers AND NOT s.marks_lost AS "tracksChanges",
      extract(epoch FROM clock_timestamp() - s.as_of)::float8 * 1000 AS "caughtUpMsAgo",
      c."CacheKey" AS key, c."CacheType" AS type, c."EntityId" AS "entityId", d.display_name AS "displayName",
      c."Version" AS version, c."IsValid" AS valid, ${sql.unsafe(finiteTime('c."LastCalculated"'))} AS "asOf",
      ${sql.unsafe(secondsUntil('c."ExpiresAt"'))} AS "secondsLeft",
      extract(epoch FROM clock_timestamp() - d.checked_at)::float8 AS "secondsChecked",
      CASE WHEN s.epoch = ${from?.epoch ?? null}::uuid AND c."Version" <= ${from?.revision ?? -1}::bigint THEN NULL
        ELSE c."Statistics"::text END AS statistics
    FROM dashboard_stats.state s
    LEFT JOIN ("DashboardStatsCache" c JOIN dashboard_stats.documents d ON d.cache_key = c."CacheKey")
      ON c."CacheType" IN ('global', 'regional', 'facility')
      AND (s.epoch, s.revision, s.renewals)
        IS DISTINCT FROM (${from?.epoch ?? null}::uuid, ${from?.revision ?? -1}::bigint, ${from?.renewals ?? -1}::bigint)`;
  const first = rows[0];
  if (!first) return undefined;
  const {
    epoch,
    revision,
    renewals,
    schemaVersion,
    timeZone,
    marksLost,
    tracksChanges,
    localDate,
    caughtUpMsAgo,
  } = first;
  const changed = epoch !== from?.epoch || revision !== from.revision || renewals !== from.renewals;
  const documents = rows.filter((row): row is typeof row & KeptDocument => row.key !== null);
  return {
    position: { epoch, revision, renewals },
    schemaVersion,
    timeZone,
    localDate,
    marksLost,
    tracksChanges,
    caughtUpMsAgo,
    documents: changed ? documents : undefined,
  };
}

/** The statistics of valid documents at exactly these versions; those that have moved on are missing from the answer. */
export function loadStatistics(
  sql: Db,
  wanted: readonly { key: string; version: number }[],
): Promise<{ key: string; statistics: string }[]> {
  return sql<{ key: string; statistics: string }[]>`
    SELECT c."CacheKey" AS key, c."Statistics"::text AS statistics
    FROM "DashboardStatsCache" c
    JOIN unnest(${wanted.map((w) => w.key)}::text[], ${wanted.map((w) => w.version)}::integer[]) AS w (key, version)
      ON c."CacheKey" = w.key AND c."Version" = w.version
    WHERE c."CacheType" IN ('global', 'regional', 'facility') AND c."IsValid"`;
}
