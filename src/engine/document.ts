/**
 * A document of a scope (docs/reference.md) as SQL. What stands in it as one figure at a path comes from figures.ts;
 * here is what is composed of several.
 */
import { secondsUntil } from '../db/columns.ts';
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
const number = (n: string) => `trim_scale(coalesce(${n}, 0)::numeric)`;
/** The number of a figure of the scope. */
const total = (name: string) => number(`t.${quoted(name)}`);
/**
 * The quotient with 2 decimals, halves away from zero; null by none. Exact: how many digits `/` gives depends on those that
 * a sum has kept of values that are no longer in it.
 */
const mean = (sum: string, n: string) =>
  `sign(${sum}) * div(abs(${sum}) * 200 + ${n}, nullif(${n}, 0) * 2) * 0.01`;
const orNull = (json: string) => `coalesce(${json}, 'null')`;

// A document is put together as text and becomes jsonb once: as jsonb, each object and each list copies all that is in it.
const array = (items: readonly string[]) => `concat('[', ${items.join(`, ',', `)}, ']')`;
/** Texts of rows, put together by an aggregate with commas between them. */
const arrayOfRows = (items: string) => `concat('[', ${items}, ']')`;
const member = (name: string, json: string) => `'"${name}":', ${json}`;
const object = (members: readonly string[], optional: readonly string[] = []) =>
  `concat('{', ${members.join(`, ',', `)}, ${optional.map((member) => `${member}, `).join('')}'}')`;
/**
 * The members of a row of a list beside its name, as JSON text. Cells keep it, so that no list is put together from numbers
 * each time; a column of a table cannot be made by concat.
 *
 * @param of SQL of a figure of ROW_FIGURES
 */
const rowJson = (of: (figure: string) => string) =>
  Object.entries(ROW_MEMBERS)
    .map(([member, figure]) => `',"${member}":' || ${number(of(figure))}::text`)
    .join(' || ');
/** The same of a relation that has a column for each, and of sums over one. */
export const ROW_JSON = rowJson(quoted);
export const SUMMED_ROW_JSON = rowJson((figure) => `sum(${quoted(figure)})`);
/** The rows of a list: one of each name. */
const rows = (member: string, name: string, json: string, order: string) =>
  `string_agg(concat('{"${member}":', ${name}, ${json}, '}'), ',' ORDER BY ${order})`;

const plain = ([name, figure]: [string, Figure]): [string, string] => [
  name,
  figure.adds === 'latest' ? orNull(`to_json(t.${quoted(name)})::text`) : total(name),
];

/** The JSON of each member of a document by its path. */
function members(today: string): Record<string, string> {
  const month = ({ name, ago }: (typeof MONTHS)[number]) =>
    object([member('month', `'"${monthOf(today, ago).from.slice(0, 7)}"'`), member('count', total(name))]);
  const inverters = [125, 80, 60, 40].map((kw) => `${kw} * ${total(`capacity.inverters.kw${kw}`)}`);
  const completed = `t.${quoted('statusBreakdown.completed')}`;
  const projects = `t.${quoted('totalProjects')}`;
  return {
    ...Object.fromEntries(Object.entries(FIGURES).map(plain)),
    completionPercentage: number(`round(${completed} * 100.0 / nullif(${projects}, 0), 2)`),
    averageCompletion: orNull(`trim_scale(${mean('t.completion', projects)})::text`),
    completionHistogram: array(DECILES.map(total)),
    'capacity.inverters.totalKw': inverters.join(' + '),
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
    return condition ? [`CASE WHEN ${condition} THEN concat(',', ${member(name, json(name))}) END`] : [];
  });
  return object(
    always.map((name) => member(name, json(name))),
    optional,
  );
}

/**
 * The last CTEs of a statement that computes documents. They end in `computed`: key, type, id, display_name and statistics, beside
 * the columns of CheckedDocument.
 *
 * Its WITH must have, beside SCOPES: `asked` (rows of `scope` to compute), `total` (key and a column for each figure of
 * figures.ts), `province_total` and `authority_total` (key, name, json: see rowJson), `part` (key, listed, json: each scope's
 * projects by the regions or facility types on the other axis; `listed` is the key of one, `regional` or `facility` for projects
 * that are in none; no row without projects), `event_total` (key, day, total) and `status_changes` (key, total). A key that is
 * missing in one of them has zeros.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export function computed(today: string, rewrite: boolean): string {
  const named = (member: string, from: string) => `
    SELECT n, ${rows(member, 'to_json(t.name)', 'json', 't.name COLLATE "C"')} AS items
    FROM ${from} t JOIN own USING (key) GROUP BY n`;
  return `
    axis (axis, type) AS (VALUES (1, 'regional'), (2, 'facility')),
    -- By number: to sort and to compare keys as text takes as long as the sums do.
    own AS MATERIALIZED (SELECT *, row_number() OVER () AS n FROM asked),
    provinces AS (${named('province', 'province_total')}),
    authorities AS (${named('name', 'authority_total')}),
    listed AS MATERIALIZED (
      SELECT *, to_json(name)::text AS json_name, row_number() OVER (ORDER BY name COLLATE "C", NOT is_scope) AS place
      FROM (
        SELECT key AS listed, axis, name, true AS is_scope FROM scope JOIN axis USING (type)
        UNION ALL SELECT type, axis, 'unassigned', false FROM axis
      ) named
    ),
    breakdown AS (
      SELECT n, axis, ${rows('name', 'json_name', `coalesce(json, ${rowJson(() => '0')})`, 'place')} AS items
      FROM own JOIN axis ON axis.type <> own.type JOIN listed USING (axis)
      LEFT JOIN (SELECT n, listed, json FROM part JOIN own USING (key)) part USING (n, listed)
      WHERE is_scope OR json IS NOT NULL GROUP BY n, axis
    ),
    events AS (
      SELECT s.key, string_agg(${object([member('date', 'to_json(day)'), member('count', number('e.total'))])}, ',' ORDER BY day) AS items,
        sum(e.total) FILTER (WHERE day = DATE '${today}') AS today
      FROM asked s
      CROSS JOIN (SELECT DATE '${today}' - ago AS day FROM generate_series(0, ${HAPPENINGS.event.days - 1}) ago) days
      LEFT JOIN event_total e USING (key, day)
      GROUP BY s.key
    ),
    -- Otherwise each document would be put together wherever it is named.
    document AS MATERIALIZED (
      SELECT s.key, s.type, s.id, s.display_name, ${objectOf(members(today))}::jsonb AS statistics
      FROM own s
      LEFT JOIN (SELECT n, total.* FROM own JOIN total USING (key) ORDER BY n OFFSET 0) t USING (n)
      LEFT JOIN provinces USING (n)
      LEFT JOIN authorities USING (n)
      LEFT JOIN breakdown regions ON regions.n = s.n AND regions.axis = 1
      LEFT JOIN breakdown facilities ON facilities.n = s.n AND facilities.axis = 2
      LEFT JOIN events ON events.key = s.key
      LEFT JOIN status_changes ON status_changes.key = s.key
    ),
    computed AS MATERIALIZED (
      SELECT d.*, c."Version" AS version, c."IsValid" AS valid,
        ${secondsUntil('c."ExpiresAt"')} AS "secondsLeft",
        ${rewrite} OR (c."Statistics", c."CacheType", c."EntityId", kept.display_name)
          IS DISTINCT FROM (d.statistics, d.type::varchar, d.id, d.display_name::text) AS changed
      FROM document d
      LEFT JOIN "DashboardStatsCache" c
        ON c."CacheKey" = d.key AND c."CacheType" IN ('global', 'regional', 'facility')
      LEFT JOIN dashboard_stats.documents kept ON kept.cache_key = d.key
    )`;
}

/** CheckedDocument rows of `computed`. */
export const CHECKED = `SELECT key, changed, version, valid, "secondsLeft" FROM computed ORDER BY key COLLATE "C"`;
/** ComputedDocument rows of `computed`. */
export const COMPUTED = `
  SELECT key, type, id AS "entityId", display_name AS "displayName", CASE WHEN changed THEN statistics::text END AS statistics,
    changed, version, valid, "secondsLeft"
  FROM computed ORDER BY key COLLATE "C"`;
