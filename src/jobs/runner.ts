import type { Sql } from '../db/connection.ts';
import { claimRun, finishRun } from '../db/queries/job-runs.ts';
import type { Log } from '../log.ts';
import type { Job } from './catalogue.ts';

export interface JobContext {
  sql: Sql;
  log: Log;
  /** Names this process in the table of runs. */
  node: string;
}

/** `elsewhere`: another node has claimed this run. */
export type JobOutcome = 'succeeded' | 'failed' | 'elsewhere';

/**
 * Runs `job` for one scheduled time, if no other node has claimed that time, and records how it ended. A job that
 * fails is recorded and logged, not thrown; only a database that cannot record throws.
 */
export async function runJob(
  { sql, log, node }: JobContext,
  job: Job,
  scheduledAt: Date,
): Promise<{ outcome: JobOutcome; detail: string }> {
  const runId = await claimRun(sql, { job: job.name, scheduledAt, node });
  if (runId === undefined) return { outcome: 'elsewhere', detail: 'Another node runs it.' };
  try {
    const detail = await job.run();
    await finishRun(sql, runId, 'succeeded', detail);
    log.debug({ job: job.name, detail }, 'Job done.');
    return { outcome: 'succeeded', detail };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    log.error({ err: error, job: job.name }, 'A scheduled job failed; it runs again at its next time.');
    await finishRun(sql, runId, 'failed', detail);
    return { outcome: 'failed', detail };
  }
}
