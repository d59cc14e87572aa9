import type { Tx } from '../connection.ts';

/** A fold costs some four times what a project costs in a rebuild (docs/adr/005): up to a fifth of them it is cheaper. */
const FOLD_SHARE = 5;
/** So many are folded whatever the table's size: it is done within two seconds. */
const FOLD_AT_LEAST = 20_000;

export interface Marks {
  /** How many there were. */
  count: number;
  /** A mark stood for all projects, or so many are marked that making everything anew is cheaper. */
  everything: boolean;
  /** The projects marked; empty when everything is. */
  projectIds: string[];
}

/**
 * Takes every mark that the transaction's snapshot sees. Under REPEATABLE READ these are the marks of exactly the
 * changes that the snapshot shows; one that commits later stays for the next refresh.
 *
 * @param generation of the cells in use
 */
export async function drainMarks(tx: Tx, generation: number): Promise<Marks> {
  const [marks] = await tx<[Marks]>`
    WITH drained AS (DELETE FROM dashboard_stats.marks RETURNING project_id),
    distinct_marks AS (SELECT project_id, count(*) AS n FROM drained GROUP BY project_id),
    summary AS (
      SELECT coalesce(sum(n), 0)::integer AS count,
        coalesce(bool_or(project_id IS NULL), false) OR count(*) > greatest(${FOLD_AT_LEAST}, (
          SELECT total / ${FOLD_SHARE} FROM dashboard_stats.totals WHERE generation = ${generation} AND scope = 'global'
        )) AS everything
      FROM distinct_marks
    )
    SELECT count, everything,
      CASE WHEN everything THEN '{}'::uuid[] ELSE ARRAY(SELECT project_id FROM distinct_marks) END AS "projectIds"
    FROM summary`;
  return marks;
}
