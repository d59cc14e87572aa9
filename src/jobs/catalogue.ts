/** Every job there is. */
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import type { RefreshOptions, RefreshResult } from '../engine/refresh.ts';
import { classifyProjects, classifySummary } from './classify.ts';
import { purge } from './purge.ts';

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

interface JobTools {
  sql: Sql;
  config: Config;
  refresh: (options: RefreshOptions) => Promise<RefreshResult>;
  audit: () => Promise<string>;
}

export function jobCatalogue({ sql, config, refresh, audit }: JobTools): Job[] {
  return [
    {
      name: 'refresh-expired',
      schedule: config.CRON_REFRESH_EXPIRED,
      description:
        'Checks documents that would expire before the next run, so that readers never wait for expiry.',
      run: async () => summary(await refresh({ expiringWithinSeconds: EXPIRING_WITHIN_SECONDS })),
    },
    {
      name: 'audit',
      schedule: config.CRON_AUDIT,
      description:
        'Compares everything kept with a full scan, in one snapshot; what differs is repaired and logged.',
      run: audit,
    },
    {
      name: 'classify',
      schedule: config.CRON_CLASSIFY,
      description:
        'Fills empty regions, provinces and facility types of projects from addresses, coordinates and names.',
      run: async () => classifySummary(await classifyProjects(sql)),
    },
    {
      name: 'purge',
      schedule: config.CRON_PURGE,
      description:
        'Deletes old events, expired notifications and old job runs and admin actions of this service, and documents of scopes that are gone.',
      run: () => purge(sql, config, () => refresh({ force: true })),
    },
  ];
}

function summary({ outcome, items, revision }: RefreshResult): string {
  if (outcome === 'idle') return 'Nothing was due.';
  const changed = items.filter((item) => item.changed).length;
  return `Documents that changed: ${changed} of ${items.length}; revision ${revision}.`;
}
