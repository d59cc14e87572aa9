import { createTask, type ScheduledTask } from 'node-cron';
import type { Job } from '../../jobs/catalogue.ts';
import { type DueRun, type DueTimes, dueTimes, takeOvers } from '../../jobs/due.ts';
import type { Log } from '../../log.ts';

/** How often runs that lost their node, and those that could not be recorded, are looked for. */
const SWEEP_EVERY_MS = 15_000;

export interface CronOptions {
  /** What the schedules are in. */
  timeZone: string;
  log: Log;
  /** The wall clock; default: this machine's. */
  clock?: () => Date;
  /** Starts a run; `missed`: of a time that passed before this node started. */
  run: (job: Job, scheduledAt: Date, missed: boolean) => Promise<unknown>;
  /** Runs of other nodes that ended in the middle. */
  orphans: () => Promise<{ job: string; scheduledAt: Date }[]>;
}

interface Scheduled {
  job: Job;
  times: DueTimes;
  next: Date | undefined;
}

/**
 * Starts jobs when they are due, with node-cron for a clock that ticks once a second. Which node runs one is decided by
 * the table of runs. At the start comes what was missed, once for each job.
 */
export class CronSchedule {
  readonly #o: CronOptions;
  readonly #scheduled: Scheduled[];
  readonly #jobs: readonly Job[];
  readonly #ticks: ScheduledTask;
  /** By name, the newest run of each job that the database was not there for. */
  readonly #unrecorded = new Map<string, DueRun>();
  #sweptAt = 0;

  constructor(jobs: readonly Job[], options: CronOptions) {
    this.#o = options;
    this.#jobs = jobs;
    this.#scheduled = jobs
      .filter((job) => job.schedule !== 'off')
      .map((job) => ({ job, times: dueTimes(job.schedule, options.timeZone), next: undefined }));
    this.#ticks = createTask('* * * * * *', () => this.#tick(), { suppressMissedWarning: true });
  }

  start(): void {
    const now = this.#now();
    for (const scheduled of this.#scheduled) {
      const missed = scheduled.times.last(now);
      scheduled.next = scheduled.times.next(now);
      if (missed) this.#start({ job: scheduled.job, scheduledAt: missed, missed: true });
    }
    void this.#ticks.start();
  }

  async close(): Promise<void> {
    await this.#ticks.destroy();
  }

  #now(): Date {
    return this.#o.clock?.() ?? new Date();
  }

  #tick(): void {
    const now = this.#now();
    for (const scheduled of this.#scheduled) {
      if (!scheduled.next || now < scheduled.next) {
        // Where the clock was put back, the next time is not the one that it was.
        scheduled.next = scheduled.times.next(now);
        continue;
      }
      const due = scheduled.times.last(now) ?? scheduled.next;
      scheduled.next = scheduled.times.next(now);
      this.#start({ job: scheduled.job, scheduledAt: due, missed: false });
    }
    if (Math.abs(now.getTime() - this.#sweptAt) < SWEEP_EVERY_MS) return;
    this.#sweptAt = now.getTime();
    for (const due of this.#unrecorded.values()) this.#start(due);
    void this.#takeOver();
  }

  async #takeOver(): Promise<void> {
    // A database that is away is told by others.
    const orphans = await this.#o.orphans().catch(() => []);
    for (const run of takeOvers(this.#jobs, orphans)) this.#start(run);
  }

  #start(due: DueRun): void {
    const { job, scheduledAt, missed } = due;
    this.#o.run(job, scheduledAt, missed).then(
      () => {
        if (this.#unrecorded.get(job.name) === due) this.#unrecorded.delete(job.name);
      },
      (error) => {
        if (!this.#unrecorded.has(job.name))
          this.#o.log.error(
            { err: error, job: job.name },
            'A scheduled job could not be recorded; is the database there? It is tried again.',
          );
        const waiting = this.#unrecorded.get(job.name);
        if (!waiting || waiting.scheduledAt <= scheduledAt) this.#unrecorded.set(job.name, due);
      },
    );
  }
}
