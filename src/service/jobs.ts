import type { Config } from '../config.ts';
import { askDatabase } from '../db/failures.ts';
import type { Job } from '../jobs/catalogue.ts';
import { dueTimes } from '../jobs/due.ts';
import { type JobContext, type JobEnd, runJob } from '../jobs/runner.ts';
import { type JobRun, lastRuns } from '../jobs/sql/job-runs.ts';

/** The jobs of one node: what there is, when it is due, how it went; none of them overlaps itself, however it was started. */
export class ServiceJobs {
  readonly #o: JobContext & { config: Config };
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(
    options: JobContext & { config: Config },
    readonly all: readonly Job[],
  ) {
    this.#o = options;
  }

  /** Newest first, of each job. */
  lastRuns(limit: number): Promise<JobRun[]> {
    return askDatabase(() => lastRuns(this.#o.sql, limit), this.#o.config.REFRESH_HARD_TIMEOUT_MS);
  }

  /** When a job runs next; null when it is off. */
  nextRun({ schedule }: Job): Date | null {
    if (schedule === 'off') return null;
    return dueTimes(schedule, this.#o.config.STATS_TIME_ZONE).next(new Date()) ?? null;
  }

  /** Outside its schedule. */
  runNow(job: Job): Promise<JobEnd> {
    return askDatabase(() => this.run(job, new Date()));
  }

  /** @param missed whether its time has passed with no node to run it */
  run(job: Job, scheduledAt: Date, missed = false): Promise<JobEnd> {
    if (this.#running.has(job.name))
      return Promise.resolve({ outcome: 'elsewhere', detail: 'It is running already.' });
    const { sql, log, node } = this.#o;
    const run = runJob({ sql, log, node }, job, scheduledAt, missed).finally(() =>
      this.#running.delete(job.name),
    );
    this.#running.set(job.name, run);
    return run;
  }

  /** Resolves when what runs now has ended, however it ends. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
