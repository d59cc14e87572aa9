/**
 * The figures of a document, each declared once: where it comes from and how it adds up over the projects of a scope.
 * The tables of contributions and cells, the fold, the scan, the evaluation and the JSON follow from here by name.
 * docs/adding-a-figure.md says what else a new one needs.
 *
 * Days are local days: every transaction of the engine sets TimeZone to STATS_TIME_ZONE.
 */

import { textOf } from '../db/columns.ts';
import { daysAfter } from '../stats/days.ts';
import { type DayRange, monthOf } from './days.ts';

/**
 * Null, NaN and infinite numbers count as 0. 1e300 is beyond every real figure, and a literal that numeric and double
 * precision both take on every server.
 */
const finite = (column: string) =>
  `CASE WHEN p."${column}" > -1e300 AND p."${column}" < 1e300 THEN p."${column}"::numeric ELSE 0 END`;
/**
 * Timestamps outside of the years 0001..9999 count as null. So do those first hours which are still the day before in a zone west of
 * Greenwich.
 */
export const localDay = (column: string) =>
  `CASE WHEN p."${column}" >= '0001-01-01 00:00+00' AND p."${column}" < '10000-01-01 00:00+00'
    THEN nullif(p."${column}"::date, '0001-12-31 BC') END`;

/** An amount that may have decimals. */
const amount = (column: string) => ({ column, type: 'numeric', value: finite(column) }) as const;
/** A column of whole numbers: those are never NaN, and nulls are left out of a sum. */
const whole = (column: string) => ({ column, type: 'numeric', value: `p."${column}"` }) as const;
const day = (column: string) => ({ column, type: 'date', value: localDay(column) }) as const;

const STATUS = textOf('p."Status"');
const when = (texts: readonly string[]) =>
  texts.map((text, status) => `WHEN '${text}' THEN ${status}`).join(' ');

/** What one project contributes: SQL over a row `p` of "Projects", and the type to keep it in. */
export const FACTS = {
  status: {
    type: 'smallint',
    // An integer, the enum's name as text, or anything else. Numbers first: lower takes longer than all that is compared.
    value: `CASE ${STATUS} ${when(['0', '1', '2', '3', '4'])}
      ELSE CASE lower(${STATUS} COLLATE pg_catalog."C") ${when(['planning', 'inprogress', 'completed', 'onhold', 'cancelled'])} END END`,
  },
  completion: amount('CompletionPercentage'),
  decile: {
    type: 'smallint',
    value: `width_bucket(${finite('CompletionPercentage')}, '{10,20,30,40,50,60,70,80,90}'::numeric[])`,
  },
  kw: amount('TotalCapacityKw'),
  pv_modules: whole('PvModuleCount'),
  inverters_125kw: whole('Inverter125kw'),
  inverters_80kw: whole('Inverter80kw'),
  inverters_60kw: whole('Inverter60kw'),
  inverters_40kw: whole('Inverter40kw'),
  fts: whole('FtsValue'),
  revenue: whole('RevenueValue'),
  pqm: whole('PqmValue'),
  budget: amount('Budget'),
  starts_on: day('StartDate'),
  due_on: day('EstimatedEndDate'),
  ended_on: day('ActualEndDate'),
  active_on: day('LastActivityAt'),
  mapped: { type: 'boolean', value: 'p."Latitude" IS NOT NULL AND p."Longitude" IS NOT NULL' },
} as const;
type Fact = keyof typeof FACTS;
/** The columns of "Projects" that hold an amount or a day of a fact, whatever their type. */
export const FACT_COLUMNS: readonly string[] = Object.values(FACTS).flatMap((fact) =>
  'column' in fact ? [fact.column] : [],
);

const COMPLETED = 'status = 2';
/** In planning, in progress or on hold; SQL over facts. */
export const OPEN = 'status IN (0, 1, 3)';

/** Days of projects that are counted, SQL over facts. `cell`: the day that the cells keep instead. */
export const DAY_KINDS: Readonly<Record<DayKind, { day: string; cell?: string; where: string }>> = {
  due: { day: 'due_on', where: OPEN },
  start: { day: 'starts_on', where: 'status = 0' },
  end: { day: 'ended_on', where: COMPLETED },
  // In the cells the first day stands for its month: ranges of this kind are whole months, and add up 12 cells a year.
  end_month: { day: 'ended_on', cell: `date_trunc('month', ended_on::timestamp)::date`, where: COMPLETED },
  active: { day: 'active_on', where: 'true' },
};
export type DayKind = 'due' | 'start' | 'end' | 'end_month' | 'active';

/** The sum of `value` over the projects that `where` holds for, both SQL over facts; '1' counts projects. */
export interface Sum {
  readonly adds: 'sum';
  readonly value: string;
  readonly where?: string;
}
/** How many projects have their day of a kind in a range around today. */
export interface DayCount {
  readonly adds: 'days';
  readonly kind: DayKind;
  readonly range: (today: string) => Required<DayRange>;
}
/**
 * How many projects have had their day of a kind: the range has no beginning. In the cells it is a column, as a sum is;
 * midnight adds the projects whose day has passed.
 */
export interface RunningCount {
  readonly adds: 'running';
  readonly kind: DayKind;
  readonly range: (today: string) => DayRange;
}
/** The latest day of a kind that is not after today; null when there is none. */
export interface LatestDay {
  readonly adds: 'latest';
  readonly kind: DayKind;
}
export type Figure = Sum | DayCount | RunningCount | LatestDay;

const count = (where?: string): Sum => ({ adds: 'sum', value: '1', ...(where && { where }) });
const sum = (fact: Fact, where?: string): Sum => ({ adds: 'sum', value: fact, ...(where && { where }) });
const days = (kind: DayKind, range: DayCount['range']): DayCount => ({ adds: 'days', kind, range });
/** The last so many days, today included. */
const last = (kind: DayKind, n: number) =>
  days(kind, (today) => ({ from: daysAfter(today, 1 - n), to: today }));
/** Every day before today. */
const past = (kind: DayKind): RunningCount => ({
  adds: 'running',
  kind,
  range: (today) => ({ to: daysAfter(today, -1) }),
});
/** The next so many days, today included. */
const next = (kind: DayKind, n: number) =>
  days(kind, (today) => ({ from: today, to: daysAfter(today, n - 1) }));

/** By the path in a document's `statistics`. */
export const FIGURES = {
  totalProjects: count(),
  'statusBreakdown.planning': count('status = 0'),
  'statusBreakdown.inProgress': count('status = 1'),
  'statusBreakdown.completed': count(COMPLETED),
  'statusBreakdown.onHold': count('status = 3'),
  'statusBreakdown.cancelled': count('status = 4'),
  'statusBreakdown.unknown': count('status IS NULL'),
  'capacity.totalKw': sum('kw'),
  'capacity.completedKw': sum('kw', COMPLETED),
  'capacity.pvModules': sum('pv_modules'),
  'capacity.inverters.kw125': sum('inverters_125kw'),
  'capacity.inverters.kw80': sum('inverters_80kw'),
  'capacity.inverters.kw60': sum('inverters_60kw'),
  'capacity.inverters.kw40': sum('inverters_40kw'),
  'business.fts': sum('fts'),
  'business.revenue': sum('revenue'),
  'business.pqm': sum('pqm'),
  'business.budget.total': sum('budget'),
  'business.budget.completed': sum('budget', COMPLETED),
  'schedule.overdue': past('due'),
  'schedule.dueNext30Days': next('due', 30),
  'schedule.startingNext30Days': next('start', 30),
  'schedule.completedLast30Days': last('end', 30),
  'schedule.completedOnTime': count(`${COMPLETED} AND ended_on <= due_on`),
  'schedule.completedLate': count(`${COMPLETED} AND ended_on > due_on`),
  'activity.lastActivityDate': { adds: 'latest', kind: 'active' },
  'activity.activeProjects.today': last('active', 1),
  'activity.activeProjects.last7Days': last('active', 7),
  'activity.activeProjects.last30Days': last('active', 30),
  'location.mapped': count('mapped'),
} as const satisfies Record<string, Figure>;

/** Members of the histogram: projects by tens of per cent. */
export const DECILES = Array.from({ length: 10 }, (_, i) => `completionHistogram.${i}`);
/** Members of `completedPerMonth`, by how many months ago: the oldest first. */
export const MONTHS = Array.from({ length: 12 }, (_, i) => ({ name: `completedPerMonth.${i}`, ago: 11 - i }));

/** Figures that document.ts composes members of; their names are no paths. */
const COMPONENTS: Readonly<Record<string, Figure>> = {
  completion: sum('completion'),
  ...Object.fromEntries(DECILES.map((name, decile) => [name, count(`decile = ${decile}`)])),
  ...Object.fromEntries(
    MONTHS.map(({ name, ago }) => [name, days('end_month', (today) => monthOf(today, ago))]),
  ),
};

const ALL: readonly (readonly [name: string, figure: Figure])[] = Object.entries({
  ...FIGURES,
  ...COMPONENTS,
});
const ofKind = <T extends Figure>(adds: T['adds']) =>
  ALL.flatMap(([name, figure]) => (figure.adds === adds ? [{ name, ...(figure as T) }] : []));

/** Figures that no clock changes. */
export const SUMS = ofKind<Sum>('sum');
export const RUNNING_COUNTS = ofKind<RunningCount>('running');
export const DAY_COUNTS = ofKind<DayCount>('days');
export const LATEST_DAYS = ofKind<LatestDay>('latest');

type SumPath = {
  [P in keyof typeof FIGURES]: (typeof FIGURES)[P] extends Sum | RunningCount ? P : never;
}[keyof typeof FIGURES];
/**
 * Members of a row of `breakdown` and `location.provinces` beside its name, and the figure that each shows; in the order in which
 * jsonb keeps them, by length, so that it need not sort them.
 */
export const ROW_MEMBERS = {
  total: 'totalProjects',
  overdue: 'schedule.overdue',
  totalKw: 'capacity.totalKw',
  completed: 'statusBreakdown.completed',
} as const satisfies Record<string, SumPath>;
export const ROW_FIGURES: readonly string[] = Object.values(ROW_MEMBERS);

/** What happened to a project, counted by day: how much on each of the last `days` days, today included. */
export const HAPPENINGS = {
  event: {
    table: '"ProjectActivityFeed"',
    at: '"CreatedAt"',
    amount: 'sum("AggregatedCount")',
    where: '"IsVisible"',
    days: 14,
  },
  change: { table: '"ProjectStatusHistory"', at: '"ChangedAt"', amount: 'count(*)', where: 'true', days: 30 },
} as const;
export type Happening = keyof typeof HAPPENINGS;

/** A name as SQL writes it. */
export const quoted = (name: string) => `"${name}"`;
/** Sums of columns, each under its own name. */
export const summed = (names: readonly string[]) =>
  names.map((name) => `sum(${quoted(name)}) AS ${quoted(name)}`).join(', ');
