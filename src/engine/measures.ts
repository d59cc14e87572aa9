/**
 * The figures of a scope, each a sum over what its projects count for (contribution.ts). Said once here, and computed
 * two ways: by the scan over all projects, and by adding what changed to the cells.
 */

import { AMOUNTS } from './contribution.ts';

/** A figure that the clock does not change: the sum of `value` over the projects that `where` holds for. */
export interface Total {
  readonly name: string;
  /** SQL over a contribution; '1' counts projects. */
  readonly value: string;
  readonly where?: string;
}

/** A figure that depends on the local date: how many projects have their day of that kind in a range around today. */
export interface DayMeasure {
  readonly name: string;
  readonly kind: DayKind;
  /** The first and last day of the range, `YYYY-MM-DD`; without `from` it has no beginning. */
  readonly from?: string;
  readonly to: string;
  /** max: the latest such day instead of the count. */
  readonly aggregate: 'count' | 'max';
}

export const STATUSES = ['planning', 'in_progress', 'completed', 'on_hold', 'cancelled'] as const;
const COMPLETED = 'status = 2';

const count = (name: string, where: string): Total => ({ name, value: '1', where });
const sum = (name: string, value = name): Total => ({ name, value });

export const TOTALS: readonly Total[] = [
  sum('total', '1'),
  ...STATUSES.map((name, status) => count(name, `status = ${status}`)),
  count('status_unknown', 'status IS NULL'),
  sum('completion'),
  ...Array.from({ length: 10 }, (_, decile) => count(`decile_${decile}`, `decile = ${decile}`)),
  sum('kw'),
  { name: 'completed_kw', value: 'kw', where: COMPLETED },
  ...AMOUNTS.map((name) => sum(name)),
  count('completed_on_time', `${COMPLETED} AND ended_on <= due_on`),
  count('completed_late', `${COMPLETED} AND ended_on > due_on`),
  count('mapped', 'mapped'),
];

export type DayKind = 'due' | 'start' | 'end' | 'end_month' | 'active';

/**
 * Which day of which projects each kind stands for. Open is planning, in progress or on hold. `cell`: the day that the
 * cells keep instead; ranges of that kind hold both or neither.
 */
export const DAY_KINDS: Readonly<Record<DayKind, { day: string; cell?: string; where: string }>> = {
  due: { day: 'due_on', where: 'status IN (0, 1, 3)' },
  start: { day: 'starts_on', where: 'status = 0' },
  end: { day: 'ended_on', where: COMPLETED },
  // Of 365 cells a year twelve are left to add up.
  end_month: {
    day: 'ended_on',
    cell: `date_trunc('month', ended_on::timestamp)::date`,
    where: COMPLETED,
  },
  active: { day: 'active_on', where: 'true' },
};

/** @param today the local date D, `YYYY-MM-DD` */
export function dayMeasures(today: string): DayMeasure[] {
  const count = (name: string, kind: DayKind, to: string, from?: string): DayMeasure => ({
    name,
    kind,
    to,
    ...(from && { from }),
    aggregate: 'count',
  });
  const last = (name: string, kind: DayKind, days: number) =>
    count(name, kind, today, daysAfter(today, 1 - days));
  const next = (name: string, kind: DayKind, days: number) =>
    count(name, kind, daysAfter(today, days - 1), today);
  const months = lastTwelveMonths(today);
  return [
    count('overdue', 'due', daysAfter(today, -1)),
    next('due_next_30_days', 'due', 30),
    next('starting_next_30_days', 'start', 30),
    last('completed_last_30_days', 'end', 30),
    ...months.map((first, i) =>
      count(`completed_in_month_${i}`, 'end_month', daysAfter(monthAfter(first), -1), first),
    ),
    { name: 'last_active_on', kind: 'active', to: today, aggregate: 'max' },
    last('active_today', 'active', 1),
    last('active_last_7_days', 'active', 7),
    last('active_last_30_days', 'active', 30),
  ];
}

/** The condition that a day lies in a measure's range. */
export function within(day: string, { from, to }: Pick<DayMeasure, 'from' | 'to'>): string {
  return from ? `${day} BETWEEN DATE '${from}' AND DATE '${to}'` : `${day} <= DATE '${to}'`;
}

/** @param day `YYYY-MM-DD` */
export function daysAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** @param first `YYYY-MM-01` */
function monthAfter(first: string): string {
  const date = new Date(`${first}T00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString().slice(0, 10);
}

/** First days of the twelve months that end with the month of `today`, oldest first. */
export function lastTwelveMonths(today: string): string[] {
  const [year, month] = today.split('-').map(Number) as [number, number];
  return Array.from({ length: 12 }, (_, i) => {
    const index = year * 12 + (month - 1) - (11 - i);
    return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}-01`;
  });
}
