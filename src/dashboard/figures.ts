/** What widgets show, as the API answers it (src/stats/schema.ts; `?fields=` leaves members of `statistics` out). */
import type { History, ListedProject, Meta as MetaAnswer, ProjectList } from '../client/answers.ts';
import type { Statistics, StatsDocument } from '../stats/schema.ts';

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

/** `GET /stats/.../history`. */
export type Trend = Omit<History, 'from' | 'to'>;
export type { ListedProject, ProjectList };

/** Of some metrics only. */
export function seriesOf({ series }: Pick<Trend, 'series'>, metrics: readonly string[]): Trend['series'] {
  return Object.fromEntries(Object.entries(series).filter(([metric]) => metrics.includes(metric)));
}

/** `GET /meta`, without what no widget shows. */
export type Meta = Omit<MetaAnswer, 'scopes' | 'metrics'> & {
  scopes: readonly Omit<MetaAnswer['scopes'][number], 'entityId'>[];
  metrics: readonly Omit<MetaAnswer['metrics'][number], 'definition'>[];
};

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
