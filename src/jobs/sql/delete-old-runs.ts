import type { Db } from '../../db/connection.ts';

/**
 * Ids of job runs that ended more than so many days ago, `limit` at most. The newest `keep` of each job stay: they tell
 * what has run, and a node that starts must not take the last due time of a yearly job for one that was missed.
 */
export async function oldRuns(
  sql: Db,
  { days, keep, limit }: { days: number; keep: number; limit: number },
): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    SELECT run_id AS id
    FROM (
      SELECT *, row_number() OVER (PARTITION BY job ORDER BY scheduled_at DESC, run_id DESC) AS place
      FROM dashboard_stats.job_runs
    ) ranked
    WHERE place > ${keep} AND finished_at < clock_timestamp() - ${days} * INTERVAL '1 day'
    LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

export async function deleteRuns(tx: Db, ids: readonly number[]): Promise<number> {
  const { count } =
    await tx`DELETE FROM dashboard_stats.job_runs WHERE run_id = ANY(${ids as number[]}::bigint[])`;
  return count;
}
