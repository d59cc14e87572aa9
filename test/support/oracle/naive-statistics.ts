/**
 * The statistics of docs/reference.md, the plain way: every row in memory, a loop per figure, no SQL, nothing shared with
 * src/. It exists to prove the engine wrong, so it must stay obvious rather than fast.
 */
import type { Sql, Tx } from '../../../src/db/connection.ts';

/** Everything awkward travels as text: numerics may be NaN, timestamps (seconds since 1970) ±Infinity. */
type Text = string | null;
const figures = ['TotalCapacityKw', 'CompletionPercentage', 'PvModuleCount', 'Inverter125kw'] as const;
const more = ['Inverter80kw', 'Inverter60kw', 'Inverter40kw', 'FtsValue', 'RevenueValue'] as const;
const rest = [
  'PqmValue',
  'Budget',
  'Status',
  'Region',
  'FacilityType',
  'WaterAuthority',
  'Province',
  'Latitude',
  'Longitude',
] as const;
const instants = ['StartDate', 'EstimatedEndDate', 'ActualEndDate', 'LastActivityAt'] as const;
const texts = [...figures, ...more, ...rest];
type Column = (typeof texts)[number] | (typeof instants)[number];
type Values = Record<Uncapitalize<Column>, Text>;
export type RawProject = { projectId: string } & Values;
type RawEvent = { projectId: string };
export type RawActivity = RawEvent & { isVisible: boolean | null; aggregatedCount: Text; createdAt: Text };
type RawStatusChange = RawEvent & { changedAt: Text };
export type RawRegion = { id: string; name: string; isActive: boolean; createdAt: string };
type RawFacilityType = RawRegion & { authority?: Text };
export interface RawDatabase {
  projects: RawProject[];
  activities: RawActivity[];
  statusChanges: RawStatusChange[];
  regions: RawRegion[];
  facilityTypes: RawFacilityType[];
}

const asName = (column: string) => column.charAt(0).toLowerCase() + column.slice(1);
/** What a row of Projects says where every column is null. */
export const NO_VALUES = Object.fromEntries(
  [...texts, ...instants].map((column) => [asName(column), null]),
) as Values;

const ONE_SNAPSHOT = 'isolation level repeatable read read only';
/** Reads everything in one snapshot of its own, or in the snapshot of the (REPEATABLE READ) transaction given. */
export async function readRaw(db: Sql | Tx): Promise<RawDatabase> {
  if ('begin' in db) return (await db.begin(ONE_SNAPSHOT, readRaw)) as RawDatabase;
  const as = (column: string) => `AS "${asName(column)}"`;
  const text = (column: string) => `"${column}"::text ${as(column)}`;
  // In two parts: on PostgreSQL 13 extract() gives floats, which lose the microseconds of the years 1 and 9999.
  const epoch = (column: string) => `
    CASE WHEN isfinite("${column}") THEN (extract(epoch FROM date_trunc('second', "${column}"))::numeric
        + extract(microseconds FROM "${column}")::numeric % 1000000 / 1000000)::text
      ELSE extract(epoch FROM "${column}")::text END ${as(column)}`;
  const select = async <T>(table: string, columns: string[]) =>
    [...(await db.unsafe(`SELECT ${columns.join(', ')} FROM "${table}"`))] as T[];
  const same = (column: string) => `"${column}" ${as(column)}`;
  const events = [text('ProjectId'), text('AggregatedCount'), same('IsVisible'), epoch('CreatedAt')];
  const named = (scope: string) => [`"${scope}Id"::text AS id`, `"${scope}Name" AS name`, same('IsActive')];
  return {
    projects: await select('Projects', [...['ProjectId', ...texts].map(text), ...instants.map(epoch)]),
    activities: await select('ProjectActivityFeed', events),
    statusChanges: await select('ProjectStatusHistory', [text('ProjectId'), epoch('ChangedAt')]),
    regions: await select('ProjectRegions', [...named('Region'), epoch('CreatedAt')]),
    facilityTypes: await select('WaterFacilityTypes', [
      ...named('FacilityType'),
      epoch('CreatedAt'),
      same('Authority'),
    ]),
  };
}

/** Exact decimals: units / 10^scale. Null, NaN and ±Infinity are 0. */
type Decimal = { units: bigint; scale: number };
const power = (scale: number) => 10n ** BigInt(scale);
function decimal(text: Text): Decimal {
  const parts = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text ?? '');
  if (!parts) return { units: 0n, scale: 0 };
  const [, whole = '', fraction = '', exponent = '0'] = parts; // an exponent: extract(epoch) on PostgreSQL 13
  const [units, scale] = [BigInt(whole + fraction), fraction.length - Number(exponent)];
  return scale < 0 ? { units: units * power(-scale), scale: 0 } : { units, scale };
}
function sum(values: Decimal[]): Decimal {
  const scale = Math.max(0, ...new Set(values.map((value) => value.scale)));
  const scaled = (v: Decimal) => (v.scale === scale ? v.units : v.units * power(scale - v.scale));
  const units = values.reduce((total, value) => total + scaled(value), 0n);
  return { units, scale };
}
const toNumber = ({ units, scale }: Decimal) => Number(`${units}e-${scale}`);
/** numerator / denominator with 2 decimals, halves away from zero. */
function quotient(numerator: bigint, denominator: bigint): number {
  const size = numerator < 0n ? -numerator : numerator;
  const hundredths = (size * 200n + denominator) / (denominator * 2n);
  return toNumber({ units: numerator < 0n ? -hundredths : hundredths, scale: 2 });
}

const DAY = 86_400_000;
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');
/** Gives the function from an instant (ms) to its local day: the number of days since 1970-01-01. */
function localDays(timeZone: string): (ms: number) => number {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', era: 'short' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', ...fields });
  const known = new Map<number, number>();
  return (ms) => {
    const again = known.get(ms);
    if (again !== undefined) return again;
    const [month, date, year, era] = format.format(ms).split(/[/ ]/) as [string, string, string, string]; // 11/23/2026 AD
    const day = new Date(0).setUTCFullYear(era === 'BC' ? 1 - +year : +year, +month - 1, +date) / DAY;
    known.set(ms, day);
    return day;
  };
}
const dateOf = (day: number) => new Date(day * DAY).toISOString().slice(0, 10);
const monthOf = (day: number) => dateOf(day).slice(0, 7);

const statusNames = ['planning', 'inProgress', 'completed', 'onHold', 'cancelled'] as const;
const statusTexts = ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];
const statusOf = (text: Text) =>
  statusNames.find((_, value) => text === String(value) || text === statusTexts[value]) ?? 'unknown';

/** Without the blanks around it; null where nothing else is there. */
const trimmed = (text: Text) => text?.replace(/^ +| +$/g, '') || null;

/** One character at a time, so that neither final sigma nor dotted I depends on its neighbours. */
const lower = (name: string) => Array.from(name, (char) => Array.from(char.toLowerCase())[0]).join('');
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
/** The active rows by lower-case name; of several with the same one, the oldest (the last to be set). */
function scopesOf<T extends RawRegion>(rows: T[]): Map<string, T> {
  const age = (a: T, b: T) => +b.createdAt - +a.createdAt || byBytes(b.id, a.id);
  const active = rows.filter(({ isActive }) => isActive).sort(age);
  return new Map(active.map((row) => [lower(row.name), row]));
}

type ScopeType = 'global' | 'regional' | 'facility';
type Options = { asOf: Date; timeZone: string; provinceNames: readonly string[] };

export function naiveDocuments(raw: RawDatabase, { asOf, timeZone, provinceNames }: Options) {
  const localDay = localDays(timeZone);
  const D = localDay(asOf.getTime());
  const regions = scopesOf(raw.regions);
  const facilities = scopesOf(raw.facilityTypes);

  const dayOf = (epoch: Text): number | null => {
    if (epoch === null || !Number.isFinite(Number(epoch))) return null;
    const { units, scale } = decimal(epoch);
    const ms = Number((units * 1000n - (units < 0n ? power(scale) - 1n : 0n)) / power(scale)); // rounded down
    if (ms < FIRST || ms > LAST) return null;
    const day = localDay(ms);
    // The first hours of the year 1 are the day before it in a zone west of Greenwich.
    return day >= FIRST / DAY ? day : null;
  };
  const last = (days: number, day: number | null) => day !== null && D - days + 1 <= day && day <= D;
  const next = (days: number, day: number | null) => day !== null && D <= day && day <= D + days - 1;
  const days14 = Array.from({ length: 14 }, (_, i) => D - 13 + i);
  const months12 = [...new Set(Array.from({ length: 366 }, (_, i) => monthOf(D - 365 + i)))].slice(-12);

  /** What the contract looks at of one project; region and facility: the scope's row, undefined = unassigned. */
  const projects = raw.projects.map((row) => {
    const status = statusOf(row.status);
    const { region, facilityType, province } = row;
    const end = dayOf(row.actualEndDate);
    const facility = facilityType === null ? undefined : facilities.get(lower(facilityType));
    const due = dayOf(row.estimatedEndDate);
    const open = status === 'planning' || status === 'inProgress' || status === 'onHold';
    return {
      row,
      status,
      open,
      overdue: open && due !== null && due < D,
      completed: status === 'completed',
      region: (region === null ? undefined : regions.get(lower(region))) ?? regions.get('unknown'),
      facility,
      authority: trimmed(row.waterAuthority) ?? trimmed(facility?.authority ?? null) ?? 'unassigned',
      province: province === null || provinceNames.includes(province) ? province : 'other',
      capacity: decimal(row.totalCapacityKw),
      completion: decimal(row.completionPercentage),
      start: dayOf(row.startDate),
      due,
      end,
      endMonth: end === null ? null : monthOf(end),
      active: dayOf(row.lastActivityAt),
      mapped: row.latitude !== null && row.longitude !== null,
      events: [] as { day: number | null; count: Decimal }[],
      changes: [] as (number | null)[],
    };
  });
  type Project = (typeof projects)[number];
  const bins = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const binOf = ({ units, scale }: Decimal) => Math.min(9, Math.max(0, Number(units / power(scale + 1))));
  const byId = new Map(projects.map((project) => [project.row.projectId, project]));
  for (const { projectId, isVisible, createdAt, aggregatedCount } of raw.activities) {
    const event = { day: dayOf(createdAt), count: decimal(aggregatedCount) };
    if (isVisible) byId.get(projectId)?.events.push(event);
  }
  for (const change of raw.statusChanges) byId.get(change.projectId)?.changes.push(dayOf(change.changedAt));

  const budgetOf = (list: Project[]) => toNumber(sum(list.map(({ row }) => decimal(row.budget))));
  const kwOf = (list: Project[]) => toNumber(sum(list.map(({ capacity }) => capacity)));
  const share = (all: Project[], name: string, test: (project: Project) => boolean) => {
    const list = all.filter(test);
    const completed = list.filter((project) => project.completed).length;
    const overdue = list.filter((project) => project.overdue).length;
    return { name, total: list.length, completed, totalKw: kwOf(list), overdue };
  };
  const breakdown = (list: Project[], by: 'region' | 'facility', scopes: Map<string, RawRegion>) => {
    const shares = [...scopes.values()].map((scope) => share(list, scope.name, (p) => p[by] === scope));
    const unassigned = share(list, 'unassigned', (p) => p[by] === undefined);
    return [...shares, ...(unassigned.total > 0 ? [unassigned] : [])].sort((a, b) => byBytes(a.name, b.name));
  };
  const sharesBy = (list: Project[], by: 'authority' | 'province') => {
    const names = [...new Set(list.map((p) => p[by]))].filter((name) => name !== null).sort(byBytes);
    return names.map((name) => share(list, name, (p) => p[by] === name));
  };
  const provincesOf = (list: Project[]) =>
    sharesBy(list, 'province').map(({ name, ...figures }) => ({ province: name, ...figures }));

  const statistics = (list: Project[], type: ScopeType) => {
    const count = (test: (project: Project) => boolean) => list.filter(test).length;
    const total = (column: keyof RawProject) => sum(list.map(({ row }) => decimal(row[column])));
    const add = (column: keyof RawProject) => toNumber(total(column));
    const withStatus = (name: string) => count(({ status }) => status === name);
    const statuses = Object.fromEntries(statusNames.map((name) => [name, withStatus(name)]));
    const unknown = withStatus('unknown');
    const completed = list.filter((project) => project.completed);
    const { units, scale } = sum(list.map((project) => project.completion));
    const [size, done] = [BigInt(list.length), BigInt(completed.length)];
    const events = list.flatMap((project) => project.events);
    const countsOn = (day: number) => events.filter((event) => event.day === day).map(({ count }) => count);
    const eventsOn = (day: number) => toNumber(sum(countsOn(day)));
    const activeIn = (days: number) => count(({ active }) => last(days, active));
    const activeDays = list.flatMap(({ active }) => (active !== null && active <= D ? [active] : []));
    const latest = activeDays.sort((a, b) => a - b).at(-1);
    const endedIn = (month: string) => completed.filter(({ endMonth }) => endMonth === month);
    /** By how many days each one was late; NaN, which is neither in time nor late, where a date is missing. */
    const late = completed.map(({ end, due }) => (end === null || due === null ? Number.NaN : end - due));
    const kw = { kw125: add('inverter125kw'), kw80: add('inverter80kw'), kw60: add('inverter60kw') };
    const times = (size: bigint, { units, scale }: Decimal) => ({ units: size * units, scale });
    const inverterKw = sum([
      times(125n, total('inverter125kw')),
      times(80n, total('inverter80kw')),
      times(60n, total('inverter60kw')),
      times(40n, total('inverter40kw')),
    ]);
    return {
      totalProjects: list.length,
      statusBreakdown: { ...statuses, ...(unknown > 0 && { unknown }) },
      completionPercentage: size === 0n ? 0 : quotient(done * 100n, size),
      averageCompletion: size === 0n ? null : quotient(units, power(scale) * size),
      completionHistogram: bins.map((bin) => count((project) => binOf(project.completion) === bin)),
      capacity: {
        totalKw: kwOf(list),
        completedKw: kwOf(completed),
        pvModules: add('pvModuleCount'),
        inverters: { ...kw, kw40: add('inverter40kw'), totalKw: toNumber(inverterKw) },
      },
      business: {
        ...{ fts: add('ftsValue'), revenue: add('revenueValue'), pqm: add('pqmValue') },
        budget: { total: add('budget'), completed: budgetOf(completed) },
      },
      schedule: {
        overdue: count(({ overdue }) => overdue),
        dueNext30Days: count(({ open, due }) => open && next(30, due)),
        startingNext30Days: count(({ status, start }) => status === 'planning' && next(30, start)),
        completedLast30Days: completed.filter(({ end }) => last(30, end)).length,
        completedOnTime: late.filter((days) => days <= 0).length,
        completedLate: late.filter((days) => days > 0).length,
        completedPerMonth: months12.map((month) => ({ month, count: endedIn(month).length })),
      },
      activity: {
        lastActivityDate: latest === undefined ? null : dateOf(latest),
        activeProjects: { today: activeIn(1), last7Days: activeIn(7), last30Days: activeIn(30) },
        eventsToday: eventsOn(D),
        eventsPerDay: days14.map((day) => ({ date: dateOf(day), count: eventsOn(day) })),
        statusChangesLast30Days: list.flatMap((p) => p.changes).filter((day) => last(30, day)).length,
      },
      location: { mapped: count((project) => project.mapped), provinces: provincesOf(list) },
      breakdown: {
        ...(type !== 'regional' && { regions: breakdown(list, 'region', regions) }),
        ...(type !== 'facility' && { facilities: breakdown(list, 'facility', facilities) }),
        authorities: sharesBy(list, 'authority'),
      },
    };
  };

  /** Ids of the projects behind some figures, the worst first. */
  const listsOf = (list: Project[]) => {
    const chosen = (day: (p: Project) => number | null, test: (p: Project) => boolean, direction: 1 | -1) =>
      list
        .filter(test)
        .map((p) => ({ id: p.row.projectId, day: day(p) ?? 0 }))
        .sort((a, b) => direction * (a.day - b.day || byBytes(a.id, b.id)))
        .map(({ id }) => id);
    return {
      overdue: chosen(
        (p) => p.due,
        ({ overdue }) => overdue,
        1,
      ),
      dueNext30Days: chosen(
        (p) => p.due,
        ({ open, due }) => open && next(30, due),
        1,
      ),
      startingNext30Days: chosen(
        (p) => p.start,
        ({ status, start }) => status === 'planning' && next(30, start),
        1,
      ),
      recentlyActive: chosen(
        (p) => p.active,
        ({ active }) => last(30, active),
        -1,
      ),
      recentlyCompleted: chosen(
        (p) => p.end,
        ({ completed, end }) => completed && last(30, end),
        -1,
      ),
    };
  };

  const document = (key: string, type: ScopeType, scope: RawRegion | null, test: (p: Project) => boolean) => {
    const identity = { key, type, entityId: scope?.id ?? null, name: scope?.name ?? 'global' };
    const list = projects.filter(test);
    return { ...identity, statistics: statistics(list, type), lists: listsOf(list) };
  };
  const all = [document('global', 'global', null, () => true)];
  for (const r of regions.values())
    all.push(document(`region:${r.name}`, 'regional', r, (p) => p.region === r));
  for (const f of facilities.values())
    all.push(document(`facility:${f.name}`, 'facility', f, (p) => p.facility === f));
  return new Map(all.map((one) => [one.key, one]));
}
