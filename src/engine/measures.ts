/**
 * The figures of a group of projects, each as an SQL aggregate over CONTRIBUTIONS. Every one is a sum (or a maximum),
 * so the figures of a scope are those of its parts put together: the scan groups once at the finest grain and rolls up.
 */
export interface Measure {
  readonly name: string;
  /** Aggregate over rows of CONTRIBUTIONS. */
  readonly sql: string;
  readonly rollup: 'sum' | 'max';
}

export const STATUSES = ['planning', 'in_progress', 'completed', 'on_hold', 'cancelled'] as const;
/** Statuses of projects that are still to be finished: planning, in progress, on hold. */
const OPEN = 'status IN (0, 1, 3)';
const PLANNING = 'status = 0';
const COMPLETED = 'status = 2';

const sum = (name: string, sql: string): Measure => ({ name, sql, rollup: 'sum' });
const count = (name: string, condition: string) => sum(name, `count(*) FILTER (WHERE ${condition})`);

/**
 * @param today the local date D, `YYYY-MM-DD`
 * @param months first days of the twelve months that end with D's, `YYYY-MM-01`, oldest first
 */
export function measures(today: string, months: readonly string[]): Measure[] {
  const d = `DATE '${today}'`;
  const last = (days: number, column: string) => `${column} BETWEEN ${d} - ${days - 1} AND ${d}`;
  const next = (days: number, column: string) => `${column} BETWEEN ${d} AND ${d} + ${days - 1}`;
  return [
    sum('total', 'count(*)'),
    ...STATUSES.map((name, status) => count(name, `status = ${status}`)),
    count('status_unknown', 'status IS NULL'),
    sum('completion', 'sum(completion)'),
    ...Array.from({ length: 10 }, (_, decile) => count(`decile_${decile}`, `decile = ${decile}`)),
    sum('kw', 'sum(kw)'),
    sum('completed_kw', `sum(kw) FILTER (WHERE ${COMPLETED})`),
    ...['pv_modules', 'inverters_125kw', 'inverters_80kw', 'inverters_60kw', 'inverters_40kw'].map((name) =>
      sum(name, `sum(${name})`),
    ),
    ...['fts', 'revenue', 'pqm'].map((name) => sum(name, `sum(${name})`)),
    count('overdue', `${OPEN} AND due_on < ${d}`),
    count('due_next_30_days', `${OPEN} AND ${next(30, 'due_on')}`),
    count('starting_next_30_days', `${PLANNING} AND ${next(30, 'starts_on')}`),
    count('completed_last_30_days', `${COMPLETED} AND ${last(30, 'ended_on')}`),
    count('completed_on_time', `${COMPLETED} AND ended_on <= due_on`),
    count('completed_late', `${COMPLETED} AND ended_on > due_on`),
    ...months.map((first, index) =>
      count(
        `completed_in_month_${index}`,
        `${COMPLETED} AND ended_on >= DATE '${first}' AND ended_on < (DATE '${first}' + INTERVAL '1 month')::date`,
      ),
    ),
    { name: 'last_active_on', sql: `max(active_on) FILTER (WHERE active_on <= ${d})`, rollup: 'max' },
    count('active_today', `active_on = ${d}`),
    count('active_last_7_days', last(7, 'active_on')),
    count('active_last_30_days', last(30, 'active_on')),
    count('mapped', 'mapped'),
  ];
}
