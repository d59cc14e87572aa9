/** A scheduled job. `run` returns what it did, in a few words, for the table of runs. */
export interface Job {
  readonly name: string;
  readonly description: string;
  /** Cron expression in STATS_TIME_ZONE, or `off`. */
  readonly schedule: string;
  readonly run: () => Promise<string>;
}

/** Renewal must come before expiry: what expires within a tick and a half of the minute schedule. */
const EXPIRING_WITHIN_SECONDS = 90;

export interface JobWork {
  /** Refreshes if a document expires within so many seconds; returns how many documents changed. */
  refreshExpiring(withinSeconds: number): Promise<string>;
  /** Compares everything kept with the oracle, and has what differs repaired. */
  audit(): Promise<string>;
  /** Fills empty regions and facility types of projects. */
  classify(): Promise<string>;
  /** Deletes what this service wrote and nobody needs any more. */
  purge(): Promise<string>;
}

/** Every job there is. */
export function jobCatalogue(
  work: JobWork,
  schedules: { refreshExpired: string; audit: string; classify: string; purge: string },
): Job[] {
  return [
    {
      name: 'refresh-expired',
      description:
        'Checks documents that would expire before the next run, so that readers never wait for expiry.',
      schedule: schedules.refreshExpired,
      run: () => work.refreshExpiring(EXPIRING_WITHIN_SECONDS),
    },
    {
      name: 'audit',
      description:
        'Compares everything kept with a full scan, in one snapshot; what differs is repaired and logged.',
      schedule: schedules.audit,
      run: () => work.audit(),
    },
    {
      name: 'classify',
      description:
        'Fills empty regions, provinces and facility types of projects from addresses, coordinates and names.',
      schedule: schedules.classify,
      run: () => work.classify(),
    },
    {
      name: 'purge',
      description:
        'Deletes old events, expired notifications and old job runs of this service, and documents of scopes that are gone.',
      schedule: schedules.purge,
      run: () => work.purge(),
    },
  ];
}
