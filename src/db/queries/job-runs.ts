import type { Sql } from '../connection.ts';

export interface JobRun {
  job: string;
  scheduledAt: Date;
  startedAt: Date;
  finishedAt: Date | null;
  outcome: 'succeeded' | 'failed' | null;
  durationMs: number | null;
  detail: string | null;
  node: string;
}

/** No job takes as long: a run that has not ended by then never will. */
const LONGEST_RUN = '1 hour';

/** Claims a run for this node; undefined when another node was first. The unique key decides. */
export async function claimRun(
  sql: Sql,
  run: { job: string; scheduledAt: Date; node: string },
): Promise<number | undefined> {
  await sql`
    UPDATE dashboard_stats.job_runs
    SET finished_at = clock_timestamp(), outcome = 'failed', detail = 'The node ended before the job did.'
    WHERE job = ${run.job} AND finished_at IS NULL AND started_at < clock_timestamp() - ${LONGEST_RUN}::interval`;
  const [claimed] = await sql<{ runId: number }[]>`
    INSERT INTO dashboard_stats.job_runs (job, scheduled_at, node)
    VALUES (${run.job}, ${run.scheduledAt}, ${run.node})
    ON CONFLICT (job, scheduled_at) DO NOTHING
    RETURNING run_id AS "runId"`;
  return claimed?.runId;
}

export async function finishRun(
  sql: Sql,
  runId: number,
  outcome: 'succeeded' | 'failed',
  detail: string,
): Promise<void> {
  await sql`
    UPDATE dashboard_stats.job_runs SET finished_at = clock_timestamp(), outcome = ${outcome}, detail = ${detail}
    WHERE run_id = ${runId}`;
}

/** The newest `limit` runs of each job, newest first. */
export function lastRuns(sql: Sql, limit: number): Promise<JobRun[]> {
  return sql<JobRun[]>`
    SELECT job, scheduled_at AS "scheduledAt", started_at AS "startedAt", finished_at AS "finishedAt", outcome,
      round(extract(epoch FROM finished_at - started_at) * 1000)::integer AS "durationMs", detail, node
    FROM (
      SELECT *, row_number() OVER (PARTITION BY job ORDER BY scheduled_at DESC, run_id DESC) AS place
      FROM dashboard_stats.job_runs
    ) ranked
    WHERE place <= ${limit}
    ORDER BY job, scheduled_at DESC`;
}
