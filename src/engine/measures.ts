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
  /** A condition on a day. */
  readonly within: (day: string) => string;
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

export type DayKind = 'due' | 'start' | 'end' | 'active';

/** Which day of which projects each kind stands for. Open is planning, in progress or on hold. */
export const DAY_KINDS: Readonly<Record<DayKind, { day: string; where: string }>> = {
  due: { day: 'due_on', where: 'status IN (0, 1, 3)' },
  start: { day: 'starts_on', where: 'status = 0' },
  end: { day: 'ended_on', where: COMPLETED },
  active: { day: 'active_on', where: 'true' },
};

/**
 * @param today the local date D, `YYYY-MM-DD`
 * @param months first days of the twelve months that end with D's, `YYYY-MM-01`, oldest first
 */
export function dayMeasures(today: string, months: readonly string[]): DayMeasure[] {
  const d = `DATE '${today}'`;
  const last = (days: number) => (day: string) => `${day} BETWEEN ${d} - ${days - 1} AND ${d}`;
  const next = (days: number) => (day: string) => `${day} BETWEEN ${d} AND ${d} + ${days - 1}`;
  const measure = (name: string, kind: DayKind, within: DayMeasure['within']): DayMeasure => ({
    name,
    kind,
    within,
    aggregate: 'count',
  });
  return [
    measure('overdue', 'due', (day) => `${day} < ${d}`),
    measure('due_next_30_days', 'due', next(30)),
    measure('starting_next_30_days', 'start', next(30)),
    measure('completed_last_30_days', 'end', last(30)),
    ...months.map((first, index) =>
      measure(
        `completed_in_month_${index}`,
        'end',
        (day) => `${day} >= DATE '${first}' AND ${day} < (DATE '${first}' + INTERVAL '1 month')::date`,
      ),
    ),
    { name: 'last_active_on', kind: 'active', within: (day) => `${day} <= ${d}`, aggregate: 'max' },
    measure('active_today', 'active', last(1)),
    measure('active_last_7_days', 'active', last(7)),
    measure('active_last_30_days', 'active', last(30)),
  ];
}

/** First days of the twelve months that end with the month of `today`, oldest first. */
export function lastTwelveMonths(today: string): string[] {
  const [year, month] = today.split('-').map(Number) as [number, number];
  return Array.from({ length: 12 }, (_, i) => {
    const index = year * 12 + (month - 1) - (11 - i);
    return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}-01`;
  });
}
