/**
 * fast-check arbitraries for what may stand in a column that the statistics count, odd values first of all. Everything is
 * text (or null), as PostgreSQL reads it. Tried on PostgreSQL 15 and 18: numeric(10,2) stores NaN but no infinity,
 * CompletionPercentage (CHECK BETWEEN 0 AND 100) neither; timestamptz ±infinity and 4714-11-24 BC .. 294276-12-31.
 */
import fc, { type Arbitrary } from 'fast-check';

export interface ValueOptions {
  /** Around which instants are chosen. */
  now: Date;
  /** Whose midnights are chosen too; default Asia/Bangkok. */
  timeZone?: string;
  /** The type of Projects.Status in this database; default `text`. */
  statusType?: 'text' | 'integer';
  /**
   * Columns are wider than the guide's: numeric without bounds for the amounts, bigint for the counts, and no CHECK on
   * CompletionPercentage, so that ±infinity, 150 and sums beyond 64 bits can be; default false.
   */
  wide?: boolean;
  /** Names whose case needs more than ASCII (École, ÉCOLE); a database with LC_CTYPE C cannot match them; default false. */
  unicodeCase?: boolean;
}
export type Value = Arbitrary<string | null>;
export type Row = Record<string, string | boolean | null>;

const pick = (...values: (string | null)[]): Value => fc.constantFrom(...values);
const inHundredths = (min: number, max: number): Value =>
  fc.integer({ min, max }).map((n) => (n / 100).toFixed(2));

const NAMES = ['northern', 'NORTHERN', 'Northern', 'western', 'central', 'unknown', 'Unknown', 'reservoir'];
const MORE_NAMES = ['water_treatment', 'WATER_Treatment', 'waterXtreatment', 'เหนือ', ''];
const ODD_NAMES = ['a:b,c', '50%', 'it\'s "odd"\\', '🌊 delta'];
const CASED = ['École', 'ÉCOLE', 'école', 'Ω', 'ω'];
/** Names that an active region or facility type may have: few, so that they collide. */
const scopeName = ({ unicodeCase }: ValueOptions): Value =>
  pick(...NAMES, ...MORE_NAMES, ...ODD_NAMES, ...(unicodeCase ? CASED : []));

/** Days (from today) at which some figure changes its mind: 1, 7, 14 and 30 days back, 30 days ahead. */
const EDGES = [0, -1, 1, -6, -7, -13, -14, -29, -30, 29, 30, -2, 2, -400, 400];
const MIDNIGHTS = ['00:00:00', '00:00:00.000001', '23:59:59', '23:59:59.999999'];
/** Also midnight in UTC. */
const TIMES = [...MIDNIGHTS, '12:34:56', '06:59:59.999999', '07:00:00'];
const EXTREMES = [
  'infinity',
  '-infinity',
  '294276-12-31 23:59:59.999999+00',
  '9999-12-31 23:59:59.999999+00',
  '10000-01-01 00:00:00+00',
  '9999-12-31 16:59:59.999999+00',
  '0001-01-01 00:00:00+00',
  '0001-12-31 23:59:59.999999+00 BC',
  '4714-11-24 00:00:00+00 BC',
];
/** Local midnights, ends of months and of years in the zone, a microsecond before and after; and the calendar's own ends. */
function instant({ now, timeZone = 'Asia/Bangkok' }: ValueOptions): Arbitrary<string> {
  const [year, month, day] = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    .format(now)
    .split('-')
    .map(Number) as [number, number, number];
  const date = (y: number, m: number, d: number) =>
    new Date(Date.UTC(y, m - 1, d)).toISOString().slice(0, 10);
  const monthEdge = fc.tuple(fc.integer({ min: -13, max: 2 }), fc.constantFrom(0, 1));
  const yearEdge = fc.constantFrom(date(year, 1, 1), date(year, 1, 0), date(year, 13, 1), date(year, 12, 31));
  const dates = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...EDGES).map((days) => date(year, month, day + days)) },
    { weight: 2, arbitrary: monthEdge.map(([months, first]) => date(year, month + months, first)) },
    { weight: 1, arbitrary: yearEdge },
    { weight: 2, arbitrary: fc.integer({ min: -45, max: 45 }).map((days) => date(year, month, day + days)) },
  );
  const local = fc.tuple(dates, fc.constantFrom(...TIMES)).map(([d, time]) => `${d} ${time} ${timeZone}`);
  return fc.oneof({ weight: 8, arbitrary: local }, { weight: 1, arbitrary: fc.constantFrom(...EXTREMES) });
}

const STATES = ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];
const TEXT_STATES = [...STATES, 'Completed', 'Archived', ''];
const INTEGER_STATES = ['0', '1', '2', '3', '4', '2', '99', '-1', '2147483647'];
const count = ({ wide }: ValueOptions): Value =>
  fc.oneof(
    { weight: 3, arbitrary: fc.nat(40).map(String) },
    {
      weight: 1,
      arbitrary: pick(null, '0', '2147483647', '-2147483648', '-5', ...(wide ? BEYOND_64_BITS : [])),
    },
  );
/** Of any two of the same sign the sum is. */
const BEYOND_64_BITS = ['9223372036854775807', '-9223372036854775808'];
const UNBOUNDED = ['Infinity', '-Infinity', 'NaN', '1e200', '-1e200', '1e-30'];
const authority = pick(
  null,
  null,
  '',
  '  ',
  'PWA',
  ' PWA ',
  'MWA',
  'unassigned',
  '🌊',
  'name:x',
  'facility:reservoir',
);
const coordinate: Value = pick(null, '13.7563090', '0', '100.5017650');

/** Every column of Projects that counts, by its name. */
export function projectValues(options: ValueOptions): Record<string, Value> {
  const time = instant(options);
  const timeOrNull = fc.oneof({ weight: 6, arbitrary: time }, { weight: 1, arbitrary: fc.constant(null) });
  const place = fc.oneof(
    { weight: 5, arbitrary: scopeName(options) },
    { weight: 2, arbitrary: pick(null, 'nowhere', ' northern', 'unassigned', '🏝️') },
  );
  const percent = ['0', '10', '9.99', '100', '99.99', '90', '89.99', '33.335'];
  const unchecked = options.wide ? [...UNBOUNDED, '150', '-3', '-0.01', '100.01'] : [];
  const unbounded = options.wide ? UNBOUNDED : [];
  return {
    Status: pick(...(options.statusType === 'integer' ? INTEGER_STATES : TEXT_STATES)),
    Region: place,
    WaterAuthority: authority,
    FacilityType: place,
    Province: pick(null, 'เชียงใหม่', 'ตาก', 'กรุงเทพมหานคร', 'Chiang Mai', 'other', '', ' ตาก', '🏝️'),
    TotalCapacityKw: fc.oneof(
      { weight: 2, arbitrary: inHundredths(-100, 100_000) },
      {
        weight: 1,
        arbitrary: pick(null, 'NaN', '0.01', '99999999.99', '-99999999.99', '12.345', '-0.005', ...unbounded),
      },
    ),
    CompletionPercentage: fc.oneof(inHundredths(0, 10_000), pick(...percent, ...unchecked)),
    PvModuleCount: count(options),
    Inverter125kw: count(options),
    Inverter80kw: count(options),
    Inverter60kw: count(options),
    Inverter40kw: count(options),
    FtsValue: count(options),
    RevenueValue: count(options),
    PqmValue: count(options),
    Budget: fc.oneof(
      inHundredths(-100, 1_000_000_000),
      pick(null, 'NaN', '9999999999999999.99', '-9999999999999999.99', ...unbounded),
    ),
    Latitude: coordinate,
    Longitude: coordinate,
    StartDate: time,
    EstimatedEndDate: timeOrNull,
    ActualEndDate: timeOrNull,
    LastActivityAt: timeOrNull,
  };
}
export const activityValues = (options: ValueOptions) => ({
  CreatedAt: instant(options),
  AggregatedCount: fc.oneof(
    fc.nat(9).map(String),
    fc.constantFrom('1', '0', '-3', '2147483647', ...(options.wide ? BEYOND_64_BITS : [])),
  ),
  IsVisible: fc.constantFrom(true, true, true, false),
});
export const statusChangeValues = (options: ValueOptions) => ({ ChangedAt: instant(options) });
/** `name` is the name's column. Three moments of creation, so that the smaller id often decides who is the oldest. */
export const scopeValues = (options: ValueOptions, name: string) => ({
  [name]: scopeName(options),
  IsActive: fc.constantFrom(true, true, false),
  CreatedAt: fc.constantFrom(
    '2025-01-15 00:00:00+00',
    '2024-01-01 00:00:00+00',
    '2025-01-15 00:00:00.000001+00',
  ),
});
export const facilityTypeValues = (options: ValueOptions) => ({
  ...scopeValues(options, 'FacilityTypeName'),
  Authority: authority,
});
