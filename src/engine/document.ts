/**
 * A document of a scope (docs/reference.md) as SQL. What stands in it as one figure at a path comes from figures.ts;
 * here is what is composed of several.
 */
import { secondsUntil } from '../db/columns.ts';
import { PROVINCE_NAMES } from '../geography/provinces.ts';
import { monthOf } from './days.ts';
import { DECILES, FIGURES, type Figure, HAPPENINGS, MONTHS, quoted, ROW_MEMBERS } from './figures.ts';

/** What the check of one scope's kept document found. */
export interface CheckedDocument {
  key: string;
  /** Whether it differs from the kept document (its statistics, entity or display name), or none is kept. */
  changed: boolean;
  /** Of the kept document; null where none is kept. */
  version: number | null;
  valid: boolean | null;
  /** When the kept document expires, in seconds from now; long ago where none is kept. */
  secondsLeft: number;
}

/** One scope's document as it should be now, beside what is kept. */
export interface ComputedDocument extends CheckedDocument {
  type: 'global' | 'regional' | 'facility';
  entityId: string | null;
  displayName: string;
  /** jsonb as text, so that no figure passes through a float; null where nothing changed. */
  statistics: string | null;
}

/** `n` as JSON, without trailing zeros: equal figures are equal text. */
const number = (n: string) => `trim_scale(coalesce(${n}, 0)::numeric)::text`;
/** The number of a figure of the scope. */
const total = (name: string) => number(`t.${quoted(name)}`);
/**
 * The quotient with 2 decimals, halves away from zero; null by none. Exact: how many digits `/` gives depends on those that
 * a sum has kept of values that are no longer in it.
 */
const mean = (sum: string, n: string) =>
  `sign(${sum}) * div(abs(${sum}) * 200 + ${n}, nullif(${n}, 0) * 2) * 0.01`;
const orNull = (json: string) => `coalesce(${json}, 'null')`;

// A document is put together as text and becomes jsonb once: as jsonb, each object and each list copies all that is in it. So does
// `||`, in a tenth of the time of `concat`; it is null where any part is.
const joined = (all: readonly string[]) => all.join(` || ',' || `);
const array = (items: readonly string[]) => `('[' || ${joined(items)} || ']')`;
/** Texts of rows, put together by an aggregate with commas between them. */
const arrayOfRows = (items: string) => `('[' || coalesce(${items}, '') || ']')`;
const member = (name: string, json: string) => `'"${name}":' || ${json}`;
const object = (members: readonly string[], optional: readonly string[] = []) =>
  // Literals beside each other become one.
  `(${[`'{'`, joined(members), ...optional, `'}'`].join(' || ').replaceAll(`' || '`, '')})`;
/**
 * The members of a row of a list beside its name, as JSON text. Cells keep it, so that no list is put together from numbers
 * each time; a column of a table cannot be made by concat.
 *
 * @param of SQL of a figure of ROW_FIGURES
 */
const rowJson = (of: (figure: string) => string) =>
  Object.entries(ROW_MEMBERS)
    .map(([member, figure]) => `',"${member}":' || ${number(of(figure))}`)
    .join(' || ');
/** The same of a relation that has a column for each, and of sums over one. */
export const ROW_JSON = rowJson(quoted);
export const SUMMED_ROW_JSON = rowJson((figure) => `sum(${quoted(figure)})`);
/** What provinces count under (provinceName), as lists have them in order; none needs an escape in JSON. */
const PROVINCES = [...PROVINCE_NAMES, 'other'].sort();

/**
 * Lists by their number, of rows (list, place, item: a name and its figures as JSON); a list's text is without brackets. The places
 * stand before the text in what is sorted: behind it they would be looked for at each comparison.
 */
const lists = (member: string, rows: string) => `
  SELECT list, '{"${member}":' || string_agg(item, '},{"${member}":' ORDER BY place) || '}' AS items
  FROM (${rows} ORDER BY list, place) sorted GROUP BY list`;

const plain = ([name, figure]: [string, Figure]): [string, string] => [
  name,
  figure.adds === 'latest' ? orNull(`to_json(t.${quoted(name)})::text`) : total(name),
];

/** The JSON of each member of a document by its path. */
function members(today: string): Record<string, string> {
  const month = ({ name, ago }: (typeof MONTHS)[number]) =>
    object([member('month', `'"${monthOf(today, ago).from.slice(0, 7)}"'`), member('count', total(name))]);
  const inverters = [125, 80, 60, 40].map(
    (kw) => `${kw} * coalesce(t.${quoted(`capacity.inverters.kw${kw}`)}, 0)::numeric`,
  );
  const completed = `t.${quoted('statusBreakdown.completed')}`;
  const projects = `t.${quoted('totalProjects')}`;
  return {
    ...Object.fromEntries(Object.entries(FIGURES).map(plain)),
    completionPercentage: number(`round(${completed} * 100.0 / nullif(${projects}, 0), 2)`),
    averageCompletion: orNull(`trim_scale(${mean('t.completion', projects)})::text`),
    completionHistogram: array(DECILES.map(total)),
    'capacity.inverters.totalKw': number(inverters.join(' + ')),
    'schedule.completedPerMonth': array(MONTHS.map(month)),
    'activity.eventsToday': number('events.today'),
    'activity.eventsPerDay': arrayOfRows('events.items'),
    'activity.statusChangesLast30Days': number('status_changes.total'),
    'location.provinces': arrayOfRows('provinces.items'),
    'breakdown.regions': arrayOfRows('regions.items'),
    'breakdown.facilities': arrayOfRows('facilities.items'),
    'breakdown.authorities': arrayOfRows('authorities.items'),
  };
}

/** The paths that a document has. */
export const DOCUMENT_PATHS: readonly string[] = Object.keys(members('2000-01-01'));

/** Members that are left out unless the condition holds. */
const OPTIONAL: Readonly<Record<string, string>> = {
  'statusBreakdown.unknown': `t.${quoted('statusBreakdown.unknown')} > 0`,
  'breakdown.regions': `s.type <> 'regional'`,
  'breakdown.facilities': `s.type <> 'facility'`,
};

/** Nested objects of the members whose paths begin with `prefix`. */
function objectOf(all: Readonly<Record<string, string>>, prefix = ''): string {
  const names = new Set(
    Object.keys(all).flatMap((path) =>
      path.startsWith(prefix) ? [path.slice(prefix.length).split('.')[0] ?? ''] : [],
    ),
  );
  const json = (name: string) => all[prefix + name] ?? objectOf(all, `${prefix + name}.`);
  const always = [...names].filter((name) => !OPTIONAL[prefix + name]);
  const optional = [...names].flatMap((name) => {
    const condition = OPTIONAL[prefix + name];
    return condition ? [`CASE WHEN ${condition} THEN ',' || ${member(name, json(name))} ELSE '' END`] : [];
  });
  return object(
    always.map((name) => member(name, json(name))),
    optional,
  );
}

/** A CTE: the types of scopes that breakdowns list. */
export const AXIS = `axis (type, axis) AS (VALUES ('regional', 0), ('facility', 1))`;

/**
 * The last CTEs of a statement that computes documents. They end in `computed`: key, type, id, display_name and statistics, beside
 * the columns of CheckedDocument.
 *
 * Its WITH must have AXIS, the scopes asked for as `own` (number, key, type, id, display_name), and `listed`, the rows of breakdowns (place:
 * their order, axis, json_name, is_scope); and by `number` of the scope: `total` (a column for each figure of figures.ts), `province_total` and `authority_total` (name, json: see rowJson), `part` (place, json: the scope's projects by the regions or
 * facility types on the other axis; no row without projects), `event_total` (day, total) and `status_changes` (total). A number
 * that is missing in one of them has zeros.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export function computed(today: string, rewrite: boolean): string {
  return `
    provinces AS (${lists(
      'province',
      `SELECT number AS list, place, '"' || name || '"' || json AS item
      FROM province_total JOIN unnest('{${PROVINCES.join(',')}}'::text[]) WITH ORDINALITY AS p (name, place) USING (name)`,
    )}),
    authorities AS (${lists(
      'name',
      `SELECT number AS list, name COLLATE "C" AS place, to_json(name)::text || json AS item FROM authority_total`,
    )}),
    breakdown AS (${lists(
      'name',
      `SELECT 2 * number + axis AS list, place, json_name || coalesce(json, ${rowJson(() => '0')}) AS item
      FROM (SELECT number, axis FROM own JOIN axis ON axis.type <> own.type OFFSET 0) o
      JOIN listed USING (axis) LEFT JOIN part USING (number, place)
      WHERE is_scope OR json IS NOT NULL`,
    )}),
    events AS (
      SELECT number, string_agg(${object([member('date', 'to_json(day)::text'), member('count', number('e.total'))])}, ',' ORDER BY day) AS items,
        sum(e.total) FILTER (WHERE day = DATE '${today}') AS today
      FROM own
      CROSS JOIN (SELECT DATE '${today}' - ago AS day FROM generate_series(0, ${HAPPENINGS.event.days - 1}) ago) days
      LEFT JOIN event_total e USING (number, day)
      GROUP BY number
    ),
    -- Otherwise each document would be put together wherever it is named.
    document AS MATERIALIZED (
      SELECT s.key, s.type, s.id, s.display_name, (${objectOf(members(today))})::jsonb AS statistics
      FROM own s
      LEFT JOIN total t USING (number)
      LEFT JOIN events USING (number)
      LEFT JOIN status_changes USING (number)
      LEFT JOIN provinces ON provinces.list = s.number
      LEFT JOIN authorities ON authorities.list = s.number
      LEFT JOIN breakdown regions ON regions.list = 2 * s.number
      LEFT JOIN breakdown facilities ON facilities.list = 2 * s.number + 1
    ),
    computed AS MATERIALIZED (
      SELECT d.*, c."Version" AS version, c."IsValid" AS valid,
        ${secondsUntil('c."ExpiresAt"')} AS "secondsLeft",
        -- By its bytes, which equal text always gives: to walk through two values takes longer.
        ${rewrite} OR NOT record_image_eq(ROW(c."Statistics"::jsonb), ROW(d.statistics))
          OR (c."CacheType", c."EntityId", kept.display_name) IS DISTINCT FROM (d.type::varchar, d.id, d.display_name::text) AS changed
      FROM document d
      LEFT JOIN LATERAL (
        SELECT * FROM "DashboardStatsCache"
        WHERE "CacheKey" = d.key AND "CacheType" IN ('global', 'regional', 'facility') OFFSET 0
      ) c ON true
      LEFT JOIN LATERAL (SELECT display_name FROM dashboard_stats.documents WHERE cache_key = d.key OFFSET 0) kept ON true
    )`;
}

/** CheckedDocument rows of `computed`. */
export const CHECKED = `SELECT key, changed, version, valid, "secondsLeft" FROM computed ORDER BY key COLLATE "C"`;
/** ComputedDocument rows of `computed`. */
export const COMPUTED = `
  SELECT key, type, id AS "entityId", display_name AS "displayName", CASE WHEN changed THEN statistics::text END AS statistics,
    changed, version, valid, "secondsLeft"
  FROM computed ORDER BY key COLLATE "C"`;
