import type { Sql } from '../db/connection.ts';
import { isBusy, isOutage } from '../db/failures.ts';
import type { Log } from '../log.ts';
import type { Job } from './catalogue.ts';
import { beatRun, claimRun, finishRun } from './sql/job-runs.ts';

export interface JobContext {
  sql: Sql;
  log: Log;
  /** Names this process in the table of runs. */
  node: string;
  /** How often a run under way says that it is alive; default 5,000. */
  heartbeatMs?: number;
}

/** `elsewhere`: another node has claimed this run, or is still at an earlier one. */
type JobOutcome = 'succeeded' | 'failed' | 'elsewhere';

/** How a run ended, in words too. */
export interface JobEnd {
  outcome: JobOutcome;
  detail: string;
}

/**
 * Runs `job` for one scheduled time, if no other node has claimed that time, and records how it ended. A job that
 * fails is recorded and logged, not thrown; only a database that cannot record throws.
 *
 * @param missed the time passed while no node ran: the job runs only if it has ever run before
 */
export async function runJob(
  { sql, log, node, heartbeatMs = 5_000 }: JobContext,
  job: Job,
  scheduledAt: Date,
  missed = false,
): Promise<JobEnd> {
  const run = await claimRun(sql, { job: job.name, scheduledAt, node, missed });
  if (!run) return { outcome: 'elsewhere', detail: 'Another node runs it, or has.' };
  const heartbeat = setInterval(() => void beatRun(sql, run).catch(() => undefined), heartbeatMs);
  try {
    const ended = await attempt(job, log);
    // Once more where the connection was lost: or another node would take it over, and do it again.
    await finishRun(sql, run, ended.outcome, ended.detail).catch(() =>
      finishRun(sql, run, ended.outcome, ended.detail),
    );
    return ended;
  } finally {
    clearInterval(heartbeat);
  }
}

async function attempt(job: Job, log: Log): Promise<{ outcome: 'succeeded' | 'failed'; detail: string }> {
  try {
    const detail = await job.run();
    log.debug({ job: job.name, detail }, 'Job done.');
    return { outcome: 'succeeded', detail };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (isBusy(error))
      log.warn(
        { job: job.name, detail },
        'A scheduled job gave way to others; it runs again at its next time.',
      );
    else if (!isOutage(error))
      log.error({ err: error, job: job.name }, 'A scheduled job failed; it runs again at its next time.');
    return { outcome: 'failed', detail };
  }
}
