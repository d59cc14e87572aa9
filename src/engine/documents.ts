import { statisticsSql } from './document-sql.ts';
import { lastTwelveMonths } from './measures.ts';

/** One scope's document as it should be now, beside what is kept. */
export interface ComputedDocument {
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
 * The end of a statement that computes documents: the last CTEs and the SELECT of ComputedDocument rows.
 *
 * Its WITH must have, beside SCOPES: `asked` (rows of `scope` to compute), `total` (key and a column per measure),
 * `province_total` (key, name, total, completed), `part` (key, type, name, total, completed, kw: each scope's projects by
 * the regions or facility types on the other axis, name null where they are in none), `event_total` (key, day, total) and
 * `status_changes` (key, total). A key that is missing in one of them has zeros.
 *
 * @param today the local date D, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export function documentsSql(today: string, rewrite: boolean): string {
  return `
    provinces AS (
      SELECT key, jsonb_agg(jsonb_build_object('province', name, 'total', trim_scale(total::numeric),
                                               'completed', trim_scale(completed::numeric))
                            ORDER BY name COLLATE "C") AS items
      FROM province_total GROUP BY key
    ),
    breakdown AS (
      SELECT s.key, o.type, o.name, false AS unmatched, coalesce(p.total, 0) AS total, coalesce(p.completed, 0) AS completed,
        coalesce(p.kw, 0) AS kw
      FROM asked s
      JOIN scope o ON o.type <> s.type AND o.type <> 'global'
      LEFT JOIN part p ON p.key = s.key AND p.type = o.type AND p.name = o.name
      UNION ALL
      SELECT key, type, 'unassigned', true, total, completed, kw FROM part WHERE name IS NULL AND total > 0
    ),
    breakdown_list AS (
      SELECT key, type, jsonb_agg(jsonb_build_object('name', name, 'total', trim_scale(total::numeric),
          'completed', trim_scale(completed::numeric), 'totalKw', trim_scale(kw::numeric)) ORDER BY name COLLATE "C", unmatched) AS items
      FROM breakdown GROUP BY key, type
    ),
    events AS (
      SELECT s.key, jsonb_agg(jsonb_build_object('date', to_char(day, 'YYYY-MM-DD'),
                                                 'count', trim_scale(coalesce(e.total, 0)::numeric)) ORDER BY day) AS items,
        sum(e.total) FILTER (WHERE day = DATE '${today}') AS today
      FROM asked s
      CROSS JOIN (SELECT DATE '${today}' - ago AS day FROM generate_series(0, 13) ago) days
      LEFT JOIN event_total e USING (key, day)
      GROUP BY s.key
    ),
    document AS (
      SELECT s.key, s.type, s.id, s.display_name, ${statisticsSql(lastTwelveMonths(today))} AS statistics
      FROM asked s
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
