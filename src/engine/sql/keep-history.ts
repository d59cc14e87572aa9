import { finiteTime } from '../../db/columns.ts';
import type { Tx } from '../../db/connection.ts';
import { HISTORY_PATHS, OPTIONAL_PATHS } from '../../stats/schema.ts';

/**
 * CTE `named` (paths_id): the row of these paths, which is added where they are new. It is searched first, because an INSERT
 * takes a number of the identity even where the row is there.
 */
export function namedPaths(paths: readonly string[]): string {
  const array = `'{${paths.join(',')}}'::text[]`;
  return `
  known AS (SELECT paths_id FROM dashboard_stats.history_paths WHERE paths = ${array}),
  added AS (
    INSERT INTO dashboard_stats.history_paths (paths) SELECT ${array} WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (paths) DO UPDATE SET paths = excluded.paths RETURNING paths_id
  ),
  named AS (SELECT paths_id FROM known UNION ALL SELECT paths_id FROM added)`;
}

/** The figures of HISTORY_PATHS in the "Statistics" of the row `of`, as `history` keeps them. */
export const keptFigures = (of: string) => `ARRAY[${HISTORY_PATHS.map((path) => figure(of, path))}]`;

const figure = (of: string, path: string) => {
  const member = `${of}."Statistics" #> '{${path.replaceAll('.', ',')}}'`;
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
    `WITH ${namedPaths(HISTORY_PATHS)}
    INSERT INTO dashboard_stats.history (cache_key, day, estimated, paths_id, version, as_of, figures)
    SELECT d.cache_key, s.local_date, false, paths_id, c."Version", ${finiteTime('c."LastCalculated"')}, ${keptFigures('c')}
    FROM dashboard_stats.state s, named, dashboard_stats.documents d
    JOIN "DashboardStatsCache" c
      ON c."CacheKey" = d.cache_key AND c."CacheType" IN ('global', 'regional', 'facility')
    WHERE s.local_date IS NOT NULL AND d.cache_key NOT IN (SELECT unnest($1::text[]))
    ON CONFLICT (cache_key, day) DO UPDATE SET estimated = false, paths_id = excluded.paths_id,
      version = excluded.version, as_of = excluded.as_of, figures = excluded.figures`,
    [except as string[]],
  );
}
