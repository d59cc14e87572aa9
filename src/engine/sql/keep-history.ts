import type { Tx } from '../../db/connection.ts';
import { HISTORY_PATHS, OPTIONAL_PATHS } from '../../stats/schema.ts';

/** CTE `list` (list_id): the list of these paths, which is added where it is new. */
export const figureList = (paths: readonly string[]) => `
  list AS (
    INSERT INTO dashboard_stats.history_figures (paths) VALUES ('{${paths.join(',')}}')
    ON CONFLICT (paths) DO UPDATE SET paths = excluded.paths RETURNING list_id
  )`;

const figure = (path: string) => {
  const member = `c."Statistics" #> '{${path.replaceAll('.', ',')}}'`;
  const missing = OPTIONAL_PATHS.includes(path) ? `WHEN ${member} IS NULL THEN 0 ` : '';
  return `CASE ${missing}WHEN jsonb_typeof(${member}) = 'number' THEN (${member})::numeric END`;
};

/**
 * Keeps what was served last on the local day of the state row, before a refresh replaces or deletes it: exactly what the
 * table holds.
 *
 * @param except documents with these keys stay as they are, and are kept later
 */
export async function keepHistory(tx: Tx, except: readonly string[]): Promise<void> {
  await tx.unsafe(
    `WITH ${figureList(HISTORY_PATHS)}
    INSERT INTO dashboard_stats.history (cache_key, day, estimated, list_id, version, as_of, figures)
    SELECT d.cache_key, s.local_date, false, list_id, c."Version", c."LastCalculated", ARRAY[${HISTORY_PATHS.map(figure)}]
    FROM dashboard_stats.state s, list, dashboard_stats.documents d
    JOIN "DashboardStatsCache" c
      ON c."CacheKey" = d.cache_key AND c."CacheType" IN ('global', 'regional', 'facility')
    WHERE s.local_date IS NOT NULL AND d.cache_key <> ALL($1::text[])
    ON CONFLICT (cache_key, day) DO UPDATE SET estimated = false, list_id = excluded.list_id,
      version = excluded.version, as_of = excluded.as_of, figures = excluded.figures`,
    [except as string[]],
  );
}
