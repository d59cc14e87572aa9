/**
 * For a platform that keeps time itself and calls once a minute: everything that is due at that moment, each run claimed
 * through the table like on any node. Between calls nothing is remembered.
 */
import type { Job } from '../../jobs/catalogue.ts';
import { type DueRun, dueTimes } from '../../jobs/due.ts';

/** What was due longer ago was missed. */
const CALLED_EVERY_MS = 60_000;

/**
 * The newest due time of each job that is switched on. Most have been run already; who claims one finds out. Of a
 * schedule with several times in a minute only the last one counts.
 *
 * @param now when the call was due
 */
export function dueNow(jobs: readonly Job[], timeZone: string, now: Date): DueRun[] {
  return jobs.flatMap((job) => {
    const scheduledAt = job.schedule === 'off' ? undefined : dueTimes(job.schedule, timeZone).last(now);
    if (!scheduledAt) return [];
    return [{ job, scheduledAt, missed: now.getTime() - scheduledAt.getTime() >= CALLED_EVERY_MS }];
  });
}
