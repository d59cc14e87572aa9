import type { Db } from '../db/connection.ts';
import { PROVINCE_NAMES } from '../geography/provinces.ts';
import { CONTRIBUTIONS } from './contribution.ts';
import { statisticsSql } from './document-sql.ts';
import { measures } from './measures.ts';

/** One scope's document as it should be now, beside what is kept. */
export interface ScannedDocument {
  key: string;
  type: 'global' | 'regional' | 'facility';
  entityId: string | null;
  displayName: string;
  /** Whether it differs from the kept document (its statistics, entity or display name), or none is kept. */
  changed: boolean;
  /** jsonb as text, so that no figure passes through a float; null where nothing changed. */
  statistics: string | null;
  /** Of the kept document; null where none is kept. */
  version: number | null;
  valid: boolean | null;
  /** When the kept document expires, in seconds from now; null where none is kept. */
  secondsLeft: number | null;
}

/**
 * The oracle: every document of every scope by one full scan, in one statement and so in one snapshot.
 *
 * It groups all projects once, in parallel, by the region, facility and province written in them; names are matched
 * to scopes on the few groups that come out, and sums are rolled up from there. One query per scope, or GROUPING SETS
 * over the whole table, cost six times as much (design.md section 8).
 *
 * The transaction must have set TimeZone to the zone of the statistics.
 *
 * @param today the local date D, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export async function scan(sql: Db, today: string, rewrite = false): Promise<ScannedDocument[]> {
  const months = lastTwelveMonths(today);
  const figures = measures(today, months);
  const columns = (format: (m: (typeof figures)[number]) => string) =>
    sql.unsafe(figures.map(format).join(',\n'));
  const d = sql.unsafe(`DATE '${today}'`);
  const placed = (groups: string, kept: string[]) => sql.unsafe(placedSql(groups, kept));

  return sql<ScannedDocument[]>`
    WITH
    -- Of two active rows whose names differ in case only, the oldest counts.
    region AS (
      SELECT DISTINCT ON (lower("RegionName"))
        lower("RegionName") AS match, "RegionName"::text AS name, "RegionId" AS id, "RegionDisplayName" AS display_name
      FROM "ProjectRegions" WHERE "IsActive"
      ORDER BY lower("RegionName"), "CreatedAt", "RegionId"
    ),
    facility AS (
      SELECT DISTINCT ON (lower("FacilityTypeName"))
        lower("FacilityTypeName") AS match, "FacilityTypeName"::text AS name, "FacilityTypeId" AS id,
        "FacilityDisplayName" AS display_name
      FROM "WaterFacilityTypes" WHERE "IsActive"
      ORDER BY lower("FacilityTypeName"), "CreatedAt", "FacilityTypeId"
    ),
    scope AS (
      SELECT 'global' AS key, 'global' AS type, NULL::uuid AS id, 'global' AS name, 'All projects' AS display_name
      UNION ALL SELECT 'region:' || name, 'regional', id, name, display_name FROM region
      UNION ALL SELECT 'facility:' || name, 'facility', id, name, display_name FROM facility
    ),

    -- The one pass over the projects, and the two over what happened to them lately.
    project_group AS MATERIALIZED (
      SELECT region, facility, province, ${columns((m) => `${m.sql} AS ${m.name}`)}
      FROM ${sql.unsafe(CONTRIBUTIONS)} c
      GROUP BY region, facility, province
    ),
    event_group AS MATERIALIZED (
      SELECT p."Region" AS region, p."FacilityType" AS facility, f."CreatedAt"::date AS day,
        sum(f."AggregatedCount") AS total
      FROM "ProjectActivityFeed" f JOIN "Projects" p USING ("ProjectId")
      -- A day wider than the window, for the index; the day itself decides.
      WHERE f."CreatedAt" >= ${d} - 14 AND f."CreatedAt" < ${d} + 2
        AND f."CreatedAt"::date BETWEEN ${d} - 13 AND ${d}
        AND f."IsVisible"
      GROUP BY 1, 2, 3
    ),
    status_change_group AS MATERIALIZED (
      SELECT p."Region" AS region, p."FacilityType" AS facility, count(*) AS total
      FROM "ProjectStatusHistory" h JOIN "Projects" p USING ("ProjectId")
      WHERE h."ChangedAt" >= ${d} - 30 AND h."ChangedAt" < ${d} + 2
        AND h."ChangedAt"::date BETWEEN ${d} - 29 AND ${d}
      GROUP BY 1, 2
    ),

    placed_project AS (${placed('project_group', ['province', ...figures.map((m) => m.name)])}),
    placed_event AS (${placed('event_group', ['day', 'total'])}),
    placed_status_change AS (${placed('status_change_group', ['total'])}),

    total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, ${columns((m) => `${m.rollup}(${m.name}) AS ${m.name}`)}
      FROM placed_project GROUP BY GROUPING SETS ((), (region), (facility))
    ),
    province_total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, name, sum(total) AS total, sum(completed) AS completed
      FROM (
        SELECT *, CASE WHEN province = ANY(${PROVINCE_NAMES as string[]}::text[]) THEN province ELSE 'other' END AS name
        FROM placed_project WHERE province IS NOT NULL
      ) named
      GROUP BY GROUPING SETS ((name), (region, name), (facility, name))
    ),
    provinces AS (
      SELECT key, jsonb_agg(jsonb_build_object('province', name, 'total', total, 'completed', completed)
                            ORDER BY name COLLATE "C") AS items
      FROM province_total GROUP BY key
    ),

    -- Each scope's projects by the regions or facility types on the other axis.
    crossing AS (
      SELECT region, facility, GROUPING(region) AS any_region, GROUPING(facility) AS any_facility,
        sum(total) AS total, sum(completed) AS completed, sum(kw) AS kw
      FROM placed_project GROUP BY GROUPING SETS ((region), (facility), (region, facility))
    ),
    part AS (
      SELECT 'global' AS key, 'regional' AS type, region AS name, total, completed, kw
        FROM crossing WHERE any_facility = 1
      UNION ALL SELECT 'global', 'facility', facility, total, completed, kw FROM crossing WHERE any_region = 1
      UNION ALL SELECT 'region:' || region, 'facility', facility, total, completed, kw
        FROM crossing WHERE any_region + any_facility = 0
      UNION ALL SELECT 'facility:' || facility, 'regional', region, total, completed, kw
        FROM crossing WHERE any_region + any_facility = 0
    ),
    breakdown AS (
      SELECT s.key, o.type, o.name, coalesce(p.total, 0) AS total, coalesce(p.completed, 0) AS completed,
        coalesce(p.kw, 0) AS kw
      FROM scope s
      JOIN scope o ON o.type <> s.type AND o.type <> 'global'
      LEFT JOIN part p ON p.key = s.key AND p.type = o.type AND p.name = o.name
      UNION ALL
      SELECT key, type, 'unassigned', total, completed, kw FROM part WHERE name IS NULL AND total > 0
    ),
    breakdown_list AS (
      SELECT key, type, jsonb_agg(jsonb_build_object('name', name, 'total', total, 'completed', completed,
                                                     'totalKw', trim_scale(kw)) ORDER BY name COLLATE "C") AS items
      FROM breakdown GROUP BY key, type
    ),

    event_total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, day, sum(total) AS total
      FROM placed_event GROUP BY GROUPING SETS ((day), (region, day), (facility, day))
    ),
    events AS (
      SELECT s.key, jsonb_agg(jsonb_build_object('date', to_char(day, 'YYYY-MM-DD'), 'count', coalesce(e.total, 0))
                              ORDER BY day) AS items,
        sum(e.total) FILTER (WHERE day = ${d}) AS today
      FROM scope s
      CROSS JOIN (SELECT ${d} - ago AS day FROM generate_series(0, 13) ago) days
      LEFT JOIN event_total e USING (key, day)
      GROUP BY s.key
    ),
    status_changes AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, sum(total) AS total
      FROM placed_status_change GROUP BY GROUPING SETS ((), (region), (facility))
    ),

    document AS (
      SELECT s.key, s.type, s.id, s.display_name, ${sql.unsafe(statisticsSql(months))} AS statistics
      FROM scope s
      LEFT JOIN total t USING (key)
      LEFT JOIN provinces USING (key)
      LEFT JOIN breakdown_list regions ON regions.key = s.key AND regions.type = 'regional'
      LEFT JOIN breakdown_list facilities ON facilities.key = s.key AND facilities.type = 'facility'
      LEFT JOIN events ON events.key = s.key
      LEFT JOIN status_changes ON status_changes.key = s.key
    )
    SELECT d.key, d.type, d.id AS "entityId", d.display_name AS "displayName", compared.changed,
      CASE WHEN compared.changed THEN d.statistics::text END AS statistics,
      c."Version" AS version, c."IsValid" AS valid,
      extract(epoch FROM c."ExpiresAt" - clock_timestamp())::float8 AS "secondsLeft"
    FROM document d
    LEFT JOIN "DashboardStatsCache" c
      ON c."CacheKey" = d.key AND c."CacheType" IN ('global', 'regional', 'facility')
    LEFT JOIN dashboard_stats.documents kept ON kept.cache_key = d.key
    CROSS JOIN LATERAL (
      SELECT ${rewrite} OR (c."Statistics", c."CacheType", c."EntityId", kept.display_name)
        IS DISTINCT FROM (d.statistics, d.type::varchar, d.id, d.display_name::text) AS changed
    ) compared
    ORDER BY d.key COLLATE "C"`;
}

/** Groups by the scopes they belong to instead of what is written in the projects; null where they belong to none. */
const placedSql = (groups: string, columns: string[]) => `
  SELECT coalesce(r.name, (SELECT name FROM region WHERE match = 'unknown')) AS region, f.name AS facility,
    ${columns.map((column) => `g.${column}`).join(', ')}
  FROM ${groups} g
  LEFT JOIN region r ON r.match = lower(g.region)
  LEFT JOIN facility f ON f.match = lower(g.facility)`;

/**
 * Names the scope of a row that GROUPING SETS made. Null for the projects that are in no scope on that axis, which
 * then joins to nothing.
 */
const SCOPE_KEY = `CASE
  WHEN GROUPING(region) = 0 THEN 'region:' || region
  WHEN GROUPING(facility) = 0 THEN 'facility:' || facility
  ELSE 'global' END`;

/** First days of the twelve months that end with the month of `today`, oldest first. */
function lastTwelveMonths(today: string): string[] {
  const [year, month] = today.split('-').map(Number) as [number, number];
  return Array.from({ length: 12 }, (_, i) => {
    const index = year * 12 + (month - 1) - (11 - i);
    return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}-01`;
  });
}
