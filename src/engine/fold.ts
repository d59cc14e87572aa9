import type { Tx } from '../db/connection.ts';
import { addToCells, CHANGE_DAYS, CONTRIBUTION_COLUMNS, EVENT_DAYS } from './cells.ts';
import { AMOUNTS, contributions, provinceName } from './contribution.ts';
import { written } from './scopes.ts';

/**
 * Recomputes projects from the base tables and adds new minus old to the cells. One that counts for the same as before
 * costs a look; one that is gone is taken out.
 *
 * @param today the local date D, `YYYY-MM-DD`
 * @returns the cells that moved, by their `scope`
 */
export async function fold(
  tx: Tx,
  generation: number,
  today: string,
  projectIds: readonly string[],
): Promise<string[]> {
  const ids = '$1::uuid[]';
  const rows = await tx.unsafe<{ scope: string }[]>(
    `WITH new AS (${contributionRows(today, `p."ProjectId" = ANY(${ids})`)}),
    old AS (
      SELECT ${CONTRIBUTION_COLUMNS} FROM dashboard_stats.contributions
      WHERE generation = ${generation} AND project_id = ANY(${ids})
    ),
    moved AS (
      SELECT project_id FROM old FULL JOIN new USING (project_id) WHERE old IS DISTINCT FROM new
    ),
    delta AS MATERIALIZED (
      SELECT -1 AS sign, old.* FROM old JOIN moved USING (project_id)
      UNION ALL SELECT 1, new.* FROM new JOIN moved USING (project_id)
    ),
    ${addToCells(generation, today)},
    gone AS (
      DELETE FROM dashboard_stats.contributions
      WHERE generation = ${generation}
        AND project_id IN (SELECT project_id FROM moved EXCEPT SELECT project_id FROM new)
    ),
    kept AS (
      INSERT INTO dashboard_stats.contributions (generation, ${CONTRIBUTION_COLUMNS})
      SELECT ${generation}, ${CONTRIBUTION_COLUMNS} FROM delta WHERE sign = 1
      ON CONFLICT (generation, project_id) DO UPDATE SET ${CONTRIBUTION_COLUMNS.split(', ')
        .map((column) => `${column} = excluded.${column}`)
        .join(', ')}
    )
    SELECT DISTINCT scope FROM crossing_delta CROSS JOIN LATERAL (VALUES ('global'), (region), (facility)) s (scope)`,
    [projectIds as string[]],
    { prepare: true },
  );
  return rows.map((row) => row.scope);
}

/**
 * Rows of the table of contributions as they should be now.
 *
 * @param marked a condition on projects `p` that holds for a few of them, whose events are then looked up one by one;
 * default: all projects, joined with all events
 */
export function contributionRows(today: string, marked?: string): string {
  const lately = (table: string, at: string, total: string, where: string, window: number) => {
    const rows = byDay(
      table,
      at,
      total,
      marked ? `${where} AND "ProjectId" = c.project_id` : where,
      today,
      window,
    );
    return (name: string) =>
      marked
        ? `LEFT JOIN LATERAL (${rows}) ${name} ON true`
        : `LEFT JOIN (${rows}) ${name} ON ${name}.project_id = c.project_id`;
  };
  const events = lately(
    '"ProjectActivityFeed"',
    '"CreatedAt"',
    'sum("AggregatedCount")',
    '"IsVisible"',
    EVENT_DAYS,
  );
  const changes = lately('"ProjectStatusHistory"', '"ChangedAt"', 'count(*)', 'true', CHANGE_DAYS);
  return `
    SELECT c.project_id, ${written('region')} AS region, ${written('facility')} AS facility,
      (${provinceName('province')})::text AS province, status::smallint, completion,
      decile::smallint, kw, ${AMOUNTS.map((amount) => `coalesce(${amount}, 0)::numeric AS ${amount}`).join(', ')},
      starts_on, due_on, ended_on, active_on, mapped,
      coalesce(events.days, '{}') AS event_days, coalesce(events.totals, '{}') AS event_totals,
      coalesce(changes.days, '{}') AS change_days, coalesce(changes.totals, '{}') AS change_totals
    FROM ${contributions(marked)} c
    ${events('events')}
    ${changes('changes')}`;
}

/** Per project the local days and what happened on each, from the first day of the window on. The future counts when it comes. */
function byDay(
  table: string,
  at: string,
  total: string,
  where: string,
  today: string,
  window: number,
): string {
  return `
    SELECT project_id, array_agg(day ORDER BY day) AS days, array_agg(total ORDER BY day) AS totals
    FROM (
      SELECT "ProjectId" AS project_id, ${at}::date AS day, coalesce(${total}, 0)::numeric AS total
      FROM ${table}
      -- A day wider than the window, for the index; the day itself decides.
      WHERE ${at} >= DATE '${today}' - ${window} AND ${at} < '10000-01-01 00:00+00'
        AND ${at}::date > DATE '${today}' - ${window} AND ${where}
      GROUP BY 1, 2
    ) daily
    GROUP BY project_id`;
}
