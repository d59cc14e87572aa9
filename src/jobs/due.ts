/**
 * When jobs are due: pure, with the time as a parameter. What was missed while no node ran is due once, not as often as
 * it was missed. Daylight saving: a daily job whose time is skipped runs right after the gap, one whose time comes twice
 * runs the first time; a job of every so many minutes follows real time.
 */
import { Cron } from 'croner';
import type { Job } from './catalogue.ts';

export interface DueTimes {
  /** The newest due time that is not after `now`; undefined when there has been none. */
  last(now: Date): Date | undefined;
  /** The first one after `now`; undefined when there is none. */
  next(now: Date): Date | undefined;
}

/**
 * @param expression of cron; config.ts has judged it
 * @param timeZone what it is in, an IANA name
 */
export function dueTimes(expression: string, timeZone: string): DueTimes {
  const cron = new Cron(expression, { timezone: timeZone, fixedTimeRule: 'no-wildcard', paused: true });
  return {
    // The reference itself is left out, and due times are whole seconds.
    last: (now) => cron.previousRuns(1, new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000))[0],
    next: (now) => cron.nextRun(now) ?? undefined,
  };
}

/** A run that is to be started, by whoever claims it. */
export interface DueRun {
  job: Job;
  scheduledAt: Date;
  /** Its time passed while no node ran: the job runs once for it, and only if it has ever run before. */
  missed: boolean;
}

/**
 * The newest due time of each job that is switched on. Most have been run already: the claim of a run decides.
 *
 * @param since a due time before it was missed
 */
export function dueRuns(jobs: readonly Job[], timeZone: string, now: Date, since: Date): DueRun[] {
  return jobs.flatMap((job) => {
    const scheduledAt = job.schedule === 'off' ? undefined : dueTimes(job.schedule, timeZone).last(now);
    return scheduledAt ? [{ job, scheduledAt, missed: scheduledAt < since }] : [];
  });
}

/** Runs that lost their node, of jobs that there still are; those that are off now too. */
export function takeOvers(
  jobs: readonly Job[],
  orphans: readonly { job: string; scheduledAt: Date }[],
): DueRun[] {
  return orphans.flatMap(({ job: name, scheduledAt }) => {
    const job = jobs.find((one) => one.name === name);
    return job ? [{ job, scheduledAt, missed: false }] : [];
  });
}
