import { createTask, type ScheduledTask } from 'node-cron';
import { isOutage } from '../../db/failures.ts';
import type { Job } from '../../jobs/catalogue.ts';
import { type DueRun, dueRuns, takeOvers } from '../../jobs/due.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../timing/loop.ts';

export interface CronOptions {
  timeZone: string;
  log: Log;
  /** Starts a run; `missed`: of a time that passed before this node started. Rejects where it cannot be recorded. */
  run: (job: Job, scheduledAt: Date, missed: boolean) => Promise<unknown>;
  orphans: () => Promise<{ job: string; scheduledAt: Date }[]>;
  /** How often it looks for what a tick of node-cron does not bring; default 5,000. */
  checkEveryMs?: number;
}

/**
 * Starts jobs when they are due; the table of runs decides which node runs one. node-cron ticks at each full minute, and
 * a check every few seconds brings what did not come with a tick: the clock was moved, this process was frozen, the
 * database was away, or a run lost its node. At the start comes what was missed, once for each job.
 */
export class CronSchedule {
  readonly #o: CronOptions;
  readonly #jobs: readonly Job[];
  readonly #ticks: ScheduledTask;
  readonly #checks: Loop;
  readonly #checkEveryMs: number;
  /** By job, the due time that was started last, in ms. */
  readonly #started = new Map<string, number>();
  /** Jobs whose last run could not be recorded. */
  readonly #unrecorded = new Set<string>();
  #startedAt = new Date();
  #closed = false;

  constructor(jobs: readonly Job[], options: CronOptions) {
    this.#o = options;
    this.#checkEveryMs = options.checkEveryMs ?? 5_000;
    this.#jobs = jobs;
    this.#ticks = createTask('* * * * *', () => this.#startDue(), { suppressMissedWarning: true });
    this.#checks = new Loop(
      () => this.#check(),
      // That the database does not answer is reported by others.
      () => this.#checkEveryMs,
    );
  }

  /** Nothing, once it is closed. */
  start(): void {
    if (this.#closed) return;
    this.#startedAt = new Date();
    this.#startDue();
    void this.#ticks.start();
    this.#checks.start(this.#checkEveryMs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#checks.close();
    await this.#ticks.destroy();
  }

  #startDue(): void {
    for (const due of dueRuns(this.#jobs, this.#o.timeZone, new Date(), this.#startedAt)) {
      if (this.#started.get(due.job.name) === due.scheduledAt.getTime()) continue;
      this.#started.set(due.job.name, due.scheduledAt.getTime());
      this.#start(due);
    }
  }

  async #check() {
    // node-cron waits for a minute of the clock as it was: it would wait for hours where the clock was put back, and
    // count every minute in between where it was put forward (docs/adr/010).
    await this.#ticks.stop();
    await this.#ticks.start();
    this.#startDue();
    for (const run of takeOvers(this.#jobs, await this.#o.orphans())) this.#start(run);
    return { ms: this.#checkEveryMs };
  }

  #start({ job, scheduledAt, missed }: DueRun): void {
    this.#o.run(job, scheduledAt, missed).then(
      () => this.#unrecorded.delete(job.name),
      (error) => {
        // The next check starts it again.
        this.#started.delete(job.name);
        // A database that is away is reported by others.
        if (this.#unrecorded.has(job.name) || isOutage(error)) return;
        this.#unrecorded.add(job.name);
        this.#o.log.error(
          { err: error, job: job.name },
          'A run of a scheduled job could not be recorded in the database; it is tried again every few seconds.',
        );
      },
    );
  }
}
