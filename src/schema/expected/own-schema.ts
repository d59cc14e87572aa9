/**
 * What the schema dashboard_stats must hold, in the words of schema.ts; the same test keeps it true. Cells stand
 * in cells.ts.
 */
import type { Index } from './indexes.ts';
import type { CheckConstraint } from './keys.ts';
import type { Columns } from './schema.ts';

export const OWN_SCHEMA = 'dashboard_stats';

/** The first column is the primary key, where it refuses null. */
export const ownTables: Readonly<Record<string, Columns>> = {
  state: {
    only_row: 'boolean not null default true',
    epoch: 'uuid not null default gen_random_uuid()',
    revision: 'bigint not null default 0',
    renewals: 'bigint not null default 0',
    schema_version: 'integer not null default 0',
    time_zone: 'text',
    as_of: 'timestamp with time zone',
    local_date: 'date',
    generation: 'smallint not null default 0',
    wants_triggers: 'boolean not null default true',
    builds: 'bigint not null default 0',
    building: 'boolean not null default false',
    incarnation: 'text',
  },
  marks: { project_id: 'uuid' },
  late_marks: { project_id: 'uuid' },
  documents: {
    cache_key: 'character varying(255) not null',
    display_name: 'text not null',
    checked_at: 'timestamp with time zone not null',
  },
  job_runs: {
    run_id: 'bigint not null generated always as identity',
    job: 'text not null',
    scheduled_at: 'timestamp with time zone not null',
    started_at: 'timestamp with time zone not null default clock_timestamp()',
    finished_at: 'timestamp with time zone',
    outcome: 'text',
    detail: 'text',
    node: 'text not null',
    heartbeat_at: 'timestamp with time zone not null default clock_timestamp()',
  },
  queued_events: {
    revision: 'bigint',
    keys: 'text[] not null',
    processing_ms: 'integer not null',
  },
  queued_notifications: { cache_key: 'text' },
  outbox: { only_row: 'boolean not null default true', logged_at: 'timestamp with time zone' },
  notified: { cache_key: 'text not null', written_at: 'timestamp with time zone not null' },
};

export const ownIndexes: readonly Index[] = [
  ['job_runs', 'job_runs_job_scheduled_at_key', 'UNIQUE (job, scheduled_at)'],
  ['job_runs', 'job_runs_one_at_a_time', 'UNIQUE (job) WHERE (finished_at IS NULL)'],
];

export const ownChecks: readonly CheckConstraint[] = [
  ['state', 'CHECK (only_row)'],
  ['outbox', 'CHECK (only_row)'],
  ['state', 'CHECK ((generation = ANY (ARRAY[0, 1, 2])))'],
  ['job_runs', "CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text])))"],
];
