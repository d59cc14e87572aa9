import type { Config } from '../config.ts';

/** A scheduled job. `run` returns what it did, in a few words, for the table of runs. */
export interface Job {
  readonly name: string;
  readonly description: string;
  /** Cron expression in STATS_TIME_ZONE, or `off`. */
  readonly schedule: string;
  readonly run: () => Promise<string>;
}

/** Renewal must come before expiry: what expires within a tick and a half of the minute schedule. */
export const EXPIRING_WITHIN_SECONDS = 90;

/** Every job there is. */
const JOBS = [
  {
    name: 'refresh-expired',
    setting: 'CRON_REFRESH_EXPIRED',
    description:
      'Checks documents that would expire before the next run, so that readers never wait for expiry.',
  },
  {
    name: 'audit',
    setting: 'CRON_AUDIT',
    description:
      'Compares everything kept with a full scan, in one snapshot; what differs is repaired and logged.',
  },
  {
    name: 'classify',
    setting: 'CRON_CLASSIFY',
    description:
      'Fills empty regions, provinces and facility types of projects from addresses, coordinates and names.',
  },
  {
    name: 'purge',
    setting: 'CRON_PURGE',
    description:
      'Deletes old events, expired notifications and old job runs of this service, and documents of scopes that are gone.',
  },
] as const;

/** What each job does, by its name. */
export type JobWork = Readonly<Record<(typeof JOBS)[number]['name'], Job['run']>>;

export function jobCatalogue(work: JobWork, config: Config): Job[] {
  return JOBS.map(({ name, setting, description }) => ({
    name,
    description,
    schedule: config[setting],
    run: work[name],
  }));
}
