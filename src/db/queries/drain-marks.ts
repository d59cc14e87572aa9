import type { Tx } from '../connection.ts';

export interface Marks {
  /** How many there were. */
  count: number;
  /** A mark stood for all projects, or more than `limit` of them are marked. */
  everything: boolean;
  /** The projects marked; empty when everything is. */
  projectIds: string[];
}

/**
 * Takes every mark that the transaction's snapshot sees. Under REPEATABLE READ these are the marks of exactly the
 * changes that the snapshot shows; one that commits later stays for the next refresh.
 */
export async function drainMarks(tx: Tx, limit: number): Promise<Marks> {
  const [marks] = await tx<[Marks]>`
    WITH drained AS (DELETE FROM dashboard_stats.marks RETURNING project_id),
    distinct_marks AS (SELECT project_id, count(*) AS n FROM drained GROUP BY project_id),
    summary AS (
      SELECT coalesce(sum(n), 0)::integer AS count,
        count(*) > ${limit} OR coalesce(bool_or(project_id IS NULL), false) AS everything
      FROM distinct_marks
    )
    SELECT count, everything,
      CASE WHEN everything THEN '{}'::uuid[] ELSE ARRAY(SELECT project_id FROM distinct_marks) END AS "projectIds"
    FROM summary`;
  return marks;
}
