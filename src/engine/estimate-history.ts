/**
 * A trend for the first day: what the figures of the days before it were, as far as the rows of today tell it.
 *
 * It can be wrong where the application keeps no trace. A project that was deleted is missing on all days. One that is
 * completed or cancelled counts as open until its last status change, or its ActualEndDate where no change is recorded, and
 * one that is open now as open all the time. Capacity, region, facility type and due date count as they are today.
 */
import { daysAfter } from '../stats/days.ts';
import { FACTS, localDay, OPEN } from './figures.ts';
import type { RefreshContext } from './refresh.ts';
import { OWN_FACILITY, OWN_REGION, placed, SCOPE_KEY, SCOPES } from './scopes.ts';
import { namedPaths } from './sql/keep-history.ts';
import { allowLongStatements, engineTransaction } from './transaction.ts';

/** With today, which has a document. */
const DAYS = 90;
/** Each figure that can be told, as SQL over running sums of STEPS. */
const ESTIMATES = {
  totalProjects: 'total',
  'statusBreakdown.completed': 'completed',
  completionPercentage: 'coalesce(round(completed * 100.0 / nullif(total, 0), 2), 0)',
  'capacity.totalKw': 'kw',
  'capacity.completedKw': 'completed_kw',
  'schedule.overdue': 'overdue',
};
const STEPS = ['total', 'completed', 'kw', 'completed_kw', 'overdue'];

/**
 * Fills the history where there is none, in one pass over the projects and one over their status changes, beside the refreshes.
 */
export function estimateHistory({ sql, timeZone }: Pick<RefreshContext, 'sql' | 'timeZone'>): Promise<void> {
  return engineTransaction(sql, timeZone, { isolation: 'repeatable read' }, async (tx) => {
    const [state] = await tx<{ today: string }[]>`
      SELECT to_char(local_date, 'YYYY-MM-DD') AS today FROM dashboard_stats.state
      WHERE local_date IS NOT NULL AND time_zone = ${timeZone} AND NOT EXISTS (SELECT FROM dashboard_stats.history)`;
    if (!state) return;
    await allowLongStatements(tx);
    await tx.unsafe(estimate(state.today));
  });
}

/** @param today the local date of the documents, `YYYY-MM-DD`; estimated are the days before it */
function estimate(today: string): string {
  const first = `DATE '${daysAfter(today, 1 - DAYS)}'`;
  const facts = (['status', 'kw', 'due_on', 'ended_on'] as const).map((f) => `${FACTS[f].value} AS ${f}`);
  const sums = (format: (step: string) => string) => STEPS.map(format).join(', ');
  return `
    WITH ${SCOPES}, ${namedPaths(Object.keys(ESTIMATES))},
    change AS (
      SELECT "ProjectId", max(${localDay('ChangedAt')}) AS changed_on FROM "ProjectStatusHistory" p
      WHERE "ChangedAt" < DATE '${today}' + 1 GROUP BY 1
    ),
    project AS (
      -- Pulled up, each of these and each fact below would be computed wherever it is named (contribution.ts).
      WITH not_pulled_up AS (SELECT 1)
      SELECT *, CASE WHEN ${OPEN} THEN 'infinity' ELSE
        greatest(created_on, coalesce(changed_on, CASE WHEN status = 2 THEN ended_on END)) END AS closed_on,
        greatest(created_on, due_on + 1) AS overdue_on
      FROM (
        WITH not_pulled_up AS (SELECT 1)
        SELECT ${OWN_REGION} AS region, ${OWN_FACILITY} AS facility, changed_on, ${facts},
          coalesce(${localDay('CreatedAt')}, '0001-01-01') AS created_on
        FROM "Projects" p LEFT JOIN change USING ("ProjectId")
      ) told
    ),
    step AS (
      SELECT region, facility, greatest(day, ${first}) AS day, ${sums((s) => `sum(${s}) AS ${s}`)}
      FROM (
        SELECT region, facility, day, ${sums((s) => `v.${s}`)}
        FROM project CROSS JOIN LATERAL (VALUES
          (created_on, 1, 0, kw, 0, 0),
          (CASE WHEN status = 2 THEN closed_on END, 0, 1, 0, kw, 0),
          (CASE WHEN overdue_on < closed_on AND due_on IS NOT NULL THEN overdue_on END, 0, 0, 0, 0, 1),
          (CASE WHEN overdue_on < closed_on AND due_on IS NOT NULL THEN closed_on END, 0, 0, 0, 0, -1)
        ) AS v (day, ${STEPS})
        WHERE day < DATE '${today}'
      ) steps GROUP BY 1, 2, 3
    ),
    placed_step AS (${placed('step', ['day', ...STEPS])}),
    scope_step AS (
      SELECT ${SCOPE_KEY} AS key, day, ${sums((s) => `sum(${s}) AS ${s}`)}
      FROM placed_step GROUP BY GROUPING SETS ((day), (region, day), (facility, day))
    ),
    running AS (
      SELECT key, day::date, ${sums((s) => `sum(coalesce(${s}, 0)) OVER (PARTITION BY key ORDER BY day) AS ${s}`)}
      FROM scope
      CROSS JOIN generate_series(${first}, DATE '${today}' - 1, INTERVAL '1 day') AS day
      LEFT JOIN scope_step USING (key, day)
    )
    INSERT INTO dashboard_stats.history (cache_key, day, estimated, paths_id, as_of, figures)
    SELECT key, day, true, paths_id, clock_timestamp(), ARRAY[${Object.values(ESTIMATES).map((sql) => `trim_scale(${sql}::numeric)`)}]
    FROM running, named
    ON CONFLICT DO NOTHING`;
}
