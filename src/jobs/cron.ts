import { createTask, type ScheduledTask, validateDetailed } from 'node-cron';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Job } from './catalogue.ts';

/** Binds jobs to the clock with node-cron. A job never overlaps itself in this process. */
export class CronSchedule {
  readonly #tasks = new Map<string, ScheduledTask>();

  /**
   * @param timeZone what the expressions are in
   * @param run called with the job and the second it was scheduled for
   * @throws ConfigError that lists every expression that node-cron does not accept
   */
  constructor(
    jobs: readonly Job[],
    { timeZone, log }: { timeZone: string; log: Log },
    run: (job: Job, scheduledAt: Date) => Promise<unknown>,
  ) {
    const scheduled = jobs.filter((job) => job.schedule !== 'off');
    const faults = scheduled.flatMap((job) =>
      validateDetailed(job.schedule).errors.map(
        (e) => `The schedule ${job.schedule} of ${job.name}: ${e.message}`,
      ),
    );
    if (faults.length > 0) throw new ConfigError(faults);
    for (const job of scheduled) {
      const task = createTask(
        job.schedule,
        async ({ date }) => {
          const scheduledAt = new Date(Math.floor(date.getTime() / 1000) * 1000);
          await run(job, scheduledAt).catch((error) =>
            log.error(
              { err: error, job: job.name },
              'A scheduled job could not be recorded; is the database there?',
            ),
          );
        },
        { name: job.name, timezone: timeZone, noOverlap: true, suppressMissedWarning: true },
      );
      this.#tasks.set(job.name, task);
    }
  }

  start(): void {
    for (const task of this.#tasks.values()) void task.start();
  }

  /** When the job runs next; null when it is off. */
  nextRun(job: string): Date | null {
    return this.#tasks.get(job)?.getNextRun() ?? null;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tasks.values()].map((task) => task.destroy()));
  }
}
