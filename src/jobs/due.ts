/**
 * When jobs are due: pure, with the time as a parameter. What was missed while no node ran is due once, not as often as
 * it was missed. Daylight saving: a daily job whose time is skipped runs right after the gap, one whose time comes twice
 * runs the first time; a job of every so many minutes follows real time.
 */
import { Cron } from 'croner';
import { ConfigError } from '../errors.ts';

export interface DueTimes {
  /** The newest due time that is not after `now`; undefined when there has been none. */
  last(now: Date): Date | undefined;
  /** The first one after `now`; undefined when there is none. */
  next(now: Date): Date | undefined;
}

/** @param timeZone what the expression is in, an IANA name */
export function dueTimes(expression: string, timeZone: string): DueTimes {
  const cron = new Cron(expression, { timezone: timeZone, fixedTimeRule: 'no-wildcard', paused: true });
  return {
    // The reference itself is left out, and due times are whole seconds.
    last: (now) => cron.previousRuns(1, new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000))[0],
    next: (now) => cron.nextRun(now) ?? undefined,
  };
}

/** @throws ConfigError that names every schedule that is no cron expression */
export function requireSchedules(
  jobs: readonly { name: string; schedule: string }[],
  timeZone: string,
): void {
  const faults = jobs.flatMap(({ name, schedule }) => {
    try {
      if (schedule !== 'off') dueTimes(schedule, timeZone);
      return [];
    } catch (error) {
      return [`The schedule ${schedule} of ${name}: ${(error as Error).message}`];
    }
  });
  if (faults.length > 0) throw new ConfigError(faults);
}
