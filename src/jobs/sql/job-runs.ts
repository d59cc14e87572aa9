import type { Db, Sql } from '../../db/connection.ts';

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

/** A run whose last heartbeat is so long ago has lost its node. */
const SILENT = '30 seconds';

export interface Claim {
  runId: number;
  node: string;
}

/**
 * Claims a run for this node, also one that another node did not live to finish. The unique keys decide: one run for
 * each scheduled time, and one at a time for each job.
 *
 * @param run `missed`: only if the job has run at that time or before, so that a new database has missed nothing
 * @returns undefined when another node was first, or is still at another run of the job
 */
export async function claimRun(
  sql: Sql,
  run: { job: string; scheduledAt: Date; node: string; missed: boolean },
): Promise<Claim | undefined> {
  await sql`
    UPDATE dashboard_stats.job_runs
    SET finished_at = clock_timestamp(), outcome = 'failed', detail = 'The node ended before the job did.'
    WHERE job = ${run.job} AND finished_at IS NULL AND heartbeat_at < clock_timestamp() - ${SILENT}::interval
      AND scheduled_at <> ${run.scheduledAt}`;
  const [claimed] = await sql<Claim[]>`
    INSERT INTO dashboard_stats.job_runs AS run (job, scheduled_at, node)
    SELECT ${run.job}, ${run.scheduledAt}::timestamptz, ${run.node}
    WHERE (NOT ${run.missed} OR EXISTS (SELECT FROM dashboard_stats.job_runs
                                      WHERE job = ${run.job} AND scheduled_at <= ${run.scheduledAt}::timestamptz))
      -- The unique key would refuse it, but with an error in the server's log.
      AND NOT EXISTS (SELECT FROM dashboard_stats.job_runs
                      WHERE job = ${run.job} AND finished_at IS NULL AND scheduled_at <> ${run.scheduledAt}::timestamptz)
    ON CONFLICT (job, scheduled_at) DO UPDATE
      SET node = excluded.node, started_at = clock_timestamp(), heartbeat_at = clock_timestamp()
      WHERE run.finished_at IS NULL AND run.heartbeat_at < clock_timestamp() - ${SILENT}::interval
    RETURNING run_id AS "runId", node`.catch((error) => {
    if ((error as { constraint_name?: string }).constraint_name === 'job_runs_one_at_a_time') return [];
    throw error;
  });
  return claimed;
}

/** Says that the run is still under way. */
export async function beatRun(sql: Sql, { runId, node }: Claim): Promise<void> {
  await sql`
    UPDATE dashboard_stats.job_runs SET heartbeat_at = clock_timestamp()
    WHERE run_id = ${runId} AND node = ${node} AND finished_at IS NULL`;
}

/** Changes nothing where another node has taken the run over meanwhile. */
export async function finishRun(
  sql: Sql,
  { runId, node }: Claim,
  outcome: 'succeeded' | 'failed',
  detail: string,
): Promise<void> {
  await sql`
    UPDATE dashboard_stats.job_runs SET finished_at = clock_timestamp(), outcome = ${outcome}, detail = ${detail}
    WHERE run_id = ${runId} AND node = ${node} AND finished_at IS NULL`;
}

export function orphanedRuns(sql: Sql): Promise<{ job: string; scheduledAt: Date }[]> {
  return sql<{ job: string; scheduledAt: Date }[]>`
    SELECT job, scheduled_at AS "scheduledAt" FROM dashboard_stats.job_runs
    WHERE finished_at IS NULL AND heartbeat_at < clock_timestamp() - ${SILENT}::interval`;
}

/** The newest `limit` runs of each job by when they began: a node whose clock was ahead scheduled runs of the future. */
export function lastRuns(sql: Db, limit: number): Promise<JobRun[]> {
  return sql<JobRun[]>`
    SELECT job, scheduled_at AS "scheduledAt", started_at AS "startedAt", finished_at AS "finishedAt", outcome,
      round(extract(epoch FROM finished_at - started_at) * 1000)::integer AS "durationMs", detail, node
    FROM (
      SELECT *, row_number() OVER (PARTITION BY job ORDER BY started_at DESC, run_id DESC) AS place
      FROM dashboard_stats.job_runs
    ) ranked
    WHERE place <= ${limit}
    ORDER BY job, started_at DESC, run_id DESC`;
}

/** When a job last succeeded (seconds since 1970), and how long its last run took that has ended (seconds); null where there is none. */
export interface JobTimes {
  job: string;
  succeededAt: number | null;
  seconds: number | null;
}

/** By the index: a table of job runs has tens of thousands. */
export function jobTimes(sql: Sql, jobs: readonly string[]): Promise<JobTimes[]> {
  return sql<JobTimes[]>`
    SELECT job,
      (SELECT extract(epoch FROM finished_at)::float8 FROM dashboard_stats.job_runs run
       WHERE run.job = named.job AND outcome = 'succeeded' ORDER BY scheduled_at DESC LIMIT 1) AS "succeededAt",
      (SELECT extract(epoch FROM finished_at - started_at)::float8 FROM dashboard_stats.job_runs run
       WHERE run.job = named.job AND finished_at IS NOT NULL ORDER BY scheduled_at DESC LIMIT 1) AS seconds
    FROM unnest(${jobs as string[]}::text[]) AS named (job)`;
}
