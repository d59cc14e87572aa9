/**
 * The tables of cells (sql/012), in the words of schema.ts; the same test keeps it true. Each has a partition for
 * either generation, and each partition has what its parent has.
 */
import type { Index } from './indexes.ts';
import type { Columns } from './schema.ts';

export const cellTables: Readonly<Record<string, Columns>> = {
  contributions: {
    generation: 'smallint not null',
    project_id: 'uuid not null',
    region: 'text',
    facility: 'text',
    province: 'text',
    status: 'smallint',
    completion: 'numeric not null',
    decile: 'smallint not null',
    kw: 'numeric not null',
    pv_modules: 'numeric not null',
    inverters_125kw: 'numeric not null',
    inverters_80kw: 'numeric not null',
    inverters_60kw: 'numeric not null',
    inverters_40kw: 'numeric not null',
    fts: 'numeric not null',
    revenue: 'numeric not null',
    pqm: 'numeric not null',
    starts_on: 'date',
    due_on: 'date',
    ended_on: 'date',
    active_on: 'date',
    mapped: 'boolean not null',
    event_days: 'date[] not null',
    event_totals: 'numeric[] not null',
    change_days: 'date[] not null',
    change_totals: 'numeric[] not null',
  },
  totals: {
    generation: 'smallint not null',
    scope: 'text not null',
    total: 'numeric not null',
    planning: 'numeric not null',
    in_progress: 'numeric not null',
    completed: 'numeric not null',
    on_hold: 'numeric not null',
    cancelled: 'numeric not null',
    status_unknown: 'numeric not null',
    completion: 'numeric not null',
    decile_0: 'numeric not null',
    decile_1: 'numeric not null',
    decile_2: 'numeric not null',
    decile_3: 'numeric not null',
    decile_4: 'numeric not null',
    decile_5: 'numeric not null',
    decile_6: 'numeric not null',
    decile_7: 'numeric not null',
    decile_8: 'numeric not null',
    decile_9: 'numeric not null',
    kw: 'numeric not null',
    completed_kw: 'numeric not null',
    pv_modules: 'numeric not null',
    inverters_125kw: 'numeric not null',
    inverters_80kw: 'numeric not null',
    inverters_60kw: 'numeric not null',
    inverters_40kw: 'numeric not null',
    fts: 'numeric not null',
    revenue: 'numeric not null',
    pqm: 'numeric not null',
    completed_on_time: 'numeric not null',
    completed_late: 'numeric not null',
    mapped: 'numeric not null',
  },
  days: {
    generation: 'smallint not null',
    scope: 'text not null',
    kind: 'text not null',
    day: 'date not null',
    n: 'numeric not null',
  },
  provinces: {
    generation: 'smallint not null',
    scope: 'text not null',
    province: 'text not null',
    total: 'numeric not null',
    completed: 'numeric not null',
  },
  crossings: {
    generation: 'smallint not null',
    region: 'text not null',
    facility: 'text not null',
    total: 'numeric not null',
    completed: 'numeric not null',
    kw: 'numeric not null',
  },
};

/** Their primary keys, as pg_get_constraintdef() prints them. */
export const cellKeys: Readonly<Record<string, string>> = {
  contributions: 'PRIMARY KEY (generation, project_id)',
  totals: 'PRIMARY KEY (generation, scope)',
  days: 'PRIMARY KEY (generation, scope, kind, day)',
  provinces: 'PRIMARY KEY (generation, scope, province)',
  crossings: 'PRIMARY KEY (generation, region, facility)',
};

export const cellIndexes: readonly Index[] = [
  ['crossings', 'crossings_by_facility', '(generation, facility)'],
];
