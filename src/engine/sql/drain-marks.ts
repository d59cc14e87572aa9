/** Up to so many, or such a share of all projects, are folded; more are scanned, and cells are built again (docs/adr/005). */
const FOLD_AT_MOST = 20_000;
const FOLD_SHARE = 10;
/** The mark of a change to a region or facility type (sql/010): each document may differ, though no project changed. */
export const SCOPES_MARK = '00000000-0000-0000-0000-000000000000';

export interface Marks {
  /** How many there were. */
  count: number;
  /** A mark stood for all projects, or so many are marked that a scan is cheaper. */
  everything: boolean;
  /** There was a SCOPES_MARK. */
  scopes: boolean;
  /** The projects marked; empty when everything is. */
  projectIds: string[];
}

/**
 * CTEs that take every mark which the transaction's snapshot sees, if `locked` has a row; `marks` has the columns of Marks.
 * Under REPEATABLE READ these are the marks of exactly the changes that the snapshot shows; one that commits later stays
 * for the next refresh. While cells are built (`locked.building`) they are set aside for them.
 */
export const DRAIN_MARKS = `
  drained AS (DELETE FROM dashboard_stats.marks WHERE EXISTS (SELECT FROM locked) RETURNING project_id),
  distinct_marks AS (SELECT project_id, count(*) AS n FROM drained GROUP BY project_id),
  set_aside AS (
    INSERT INTO dashboard_stats.late_marks (project_id)
    SELECT project_id FROM distinct_marks WHERE (SELECT building FROM locked)
  ),
  marks AS (
    SELECT count, scopes, everything,
      CASE WHEN everything THEN '{}'::uuid[] ELSE ARRAY(SELECT project_id FROM distinct_marks) END AS "projectIds"
    FROM (
      SELECT coalesce(sum(n), 0)::integer AS count,
        coalesce(bool_or(project_id = '${SCOPES_MARK}'), false) AS scopes,
        coalesce(bool_or(project_id IS NULL), false) OR count(*) > greatest(${FOLD_AT_MOST}, (
          -- As the last ANALYZE counted them, which is near enough.
          SELECT reltuples / ${FOLD_SHARE} FROM pg_class WHERE oid = '"Projects"'::regclass
        )) AS everything
      FROM distinct_marks
    ) summary
  )`;
