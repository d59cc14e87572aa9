/** What widgets show, as the API answers it (src/stats/schema.ts; `?fields=` leaves members of `statistics` out). */
import type { ListName } from '../stats/lists.ts';
import type { Metric, Statistics, StatsDocument } from '../stats/schema.ts';
import type { Title } from '../stats/titles.ts';

export type Field = keyof Statistics;
/** As an object, so that the compiler finds a missing one. */
const FIELDS: Readonly<Record<Field, true>> = {
  totalProjects: true,
  statusBreakdown: true,
  completionPercentage: true,
  averageCompletion: true,
  completionHistogram: true,
  capacity: true,
  business: true,
  schedule: true,
  activity: true,
  location: true,
  breakdown: true,
};
/** Attributes may name anything. */
export const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);
export type Figures = Omit<StatsDocument, 'statistics'> & { statistics: Partial<Statistics> };

/** `GET /stats/.../history`: a column for each metric. */
export interface Trend {
  key: string;
  version: number;
  /** Local days, `YYYY-MM-DD`; the last one is today. */
  dates: readonly string[];
  series: Readonly<Record<string, readonly (number | null)[]>>;
  /** Days that were computed afterwards and never served. */
  estimated: readonly string[];
}

export interface ListedProject {
  projectId: string;
  name: string | null;
  province: string | null;
  region: string | null;
  facilityType: string | null;
  authority: string | null;
  team: string | null;
  status: string | null;
  completion: number;
  start: string | null;
  due: string | null;
  end: string | null;
  daysLate: number | null;
  daysLeft: number | null;
  lastActivity: string | null;
}

/** Of some metrics only. */
export function seriesOf({ series }: Pick<Trend, 'series'>, metrics: readonly string[]): Trend['series'] {
  return Object.fromEntries(Object.entries(series).filter(([metric]) => metrics.includes(metric)));
}

/** `GET /stats/lists/{list}`. */
export interface ProjectList {
  version: number;
  asOf: string;
  scope: string;
  list: ListName;
  total: number;
  items: readonly ListedProject[];
  next: string | null;
}

interface Named {
  name: string;
  title: Title;
}

/** `GET /meta`. */
export interface Meta {
  timeZone: string;
  demo: boolean;
  scopes: readonly {
    key: string;
    type: StatsDocument['type'];
    displayName: string;
    title: Title;
  }[];
  statuses: readonly Named[];
  provinces: readonly Named[];
  authorities: readonly Named[];
  /** Lists that are served: none with LISTS=off. */
  lists: readonly ListName[];
  metrics: readonly Omit<Metric, 'definition'>[];
}

/** The figure at a path, such as `schedule.overdue`; undefined where it is not loaded or is none. */
export function figure(figures: Figures | undefined, path: string): number | null | undefined {
  let member: unknown = figures?.statistics;
  for (const name of path.split('.')) member = (member as Record<string, unknown> | undefined)?.[name];
  return typeof member === 'number' || member === null ? member : undefined;
}

/** The member of `statistics` that a path begins with. */
export function fieldOf(path: string): Field {
  return path.split('.')[0] as Field;
}
