/**
 * A document of a scope (docs/reference.md) as SQL. What stands in it as one figure at a path comes from figures.ts;
 * here is what is composed of several.
 */
import { secondsUntil } from '../db/columns.ts';
import { monthOf } from './days.ts';
import {
  DECILES,
  FIGURES,
  type Figure,
  HAPPENINGS,
  MONTHS,
  quoted,
  ROW_FIGURES,
  ROW_MEMBERS,
  summed,
} from './figures.ts';

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

/** `n` as jsonb writes it, without trailing zeros: equal figures are equal text. */
const number = (n: string) => `trim_scale(coalesce(${n}, 0)::numeric)`;
/** The number of a figure of the scope. */
const total = (name: string) => number(`t.${quoted(name)}`);
/**
 * The quotient with 2 decimals, halves away from zero; null by none. Exact: how many digits `/` gives depends on those that
 * a sum has kept of values that are no longer in it.
 */
const mean = (sum: string, n: string) =>
  `sign(${sum}) * div(abs(${sum}) * 200 + ${n}, nullif(${n}, 0) * 2) * 0.01`;
const list = (items: readonly string[]) => `jsonb_build_array(${items.join(', ')})`;
/** A LATERAL subquery `item`: a row of a list, whose members show figures of the relation `r`. */
const item = (member: string, name = 'name') =>
  `LATERAL (SELECT ${name} AS ${member}, ${Object.entries(ROW_MEMBERS).map(([member, figure]) => `${number(`r.${quoted(figure)}`)} AS ${quoted(member)}`)}) item`;
/** The rows of a list, converted at once: as an aggregate of objects each member is copied several times. */
const items = (order: string) => `to_jsonb(array_agg(item ORDER BY ${order})) AS items`;

const plain = ([name, figure]: [string, Figure]): [string, string] => [
  name,
  figure.adds === 'latest' ? `to_char(t.${quoted(name)}, 'YYYY-MM-DD')` : total(name),
];

/** Each member of a document by its path. */
function members(today: string): Record<string, string> {
  const month = ({ name, ago }: (typeof MONTHS)[number]) =>
    `jsonb_build_object('month', '${monthOf(today, ago).from.slice(0, 7)}', 'count', ${total(name)})`;
  const inverters = [125, 80, 60, 40].map((kw) => `${kw} * ${total(`capacity.inverters.kw${kw}`)}`);
  const completed = `t.${quoted('statusBreakdown.completed')}`;
  const projects = `t.${quoted('totalProjects')}`;
  return {
    ...Object.fromEntries(Object.entries(FIGURES).map(plain)),
    completionPercentage: number(`round(${completed} * 100.0 / nullif(${projects}, 0), 2)`),
    averageCompletion: `trim_scale(${mean('t.completion', projects)})`,
    completionHistogram: list(DECILES.map(total)),
    'capacity.inverters.totalKw': inverters.join(' + '),
    'schedule.completedPerMonth': list(MONTHS.map(month)),
    'activity.eventsToday': number('events.today'),
    'activity.eventsPerDay': 'events.items',
    'activity.statusChangesLast30Days': number('status_changes.total'),
    'location.provinces': `coalesce(provinces.items, '[]')`,
    'breakdown.regions': `coalesce(regions.items, '[]')`,
    'breakdown.facilities': `coalesce(facilities.items, '[]')`,
    'breakdown.authorities': `coalesce(authorities.items, '[]')`,
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

/** Nested jsonb objects of the members whose paths begin with `prefix`. */
function objectOf(all: Readonly<Record<string, string>>, prefix = ''): string {
  const names = new Set(
    Object.keys(all).flatMap((path) =>
      path.startsWith(prefix) ? [path.slice(prefix.length).split('.')[0] ?? ''] : [],
    ),
  );
  const member = (name: string) => `'${name}', ${all[prefix + name] ?? objectOf(all, `${prefix + name}.`)}`;
  const optional = [...names].filter((name) => OPTIONAL[prefix + name]);
  // Each choice is an object of its own: to add members to an object would copy its lists.
  const choice = (chosen: readonly string[], [next, ...others]: readonly string[]): string =>
    next
      ? `CASE WHEN ${OPTIONAL[prefix + next]} THEN ${choice([...chosen, next], others)} ELSE ${choice(chosen, others)} END`
      : `jsonb_build_object(${chosen.map(member).join(', ')})`;
  return choice(
    [...names].filter((name) => !optional.includes(name)),
    optional,
  );
}

/**
 * The last CTEs of a statement that computes documents. They end in `computed`: key, type, id, display_name and statistics, beside
 * the columns of CheckedDocument.
 *
 * Its WITH must have, beside SCOPES: `asked` (rows of `scope` to compute), `total` (key and a column for each figure of
 * figures.ts), `province_total` and `authority_total` (key, name, ROW_FIGURES), `part` (key, type, name, ROW_FIGURES: each
 * scope's projects by the regions or facility types on the other axis, name null where they are in none; rows of equal names
 * are added up), `event_total` (key, day, total) and `status_changes` (key, total). A key that is missing in one of them has zeros.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export function computed(today: string, rewrite: boolean): string {
  const named = (member: string, rows: string) =>
    `SELECT key, ${items('r.name COLLATE "C"')} FROM ${rows} r, ${item(member)} GROUP BY key`;
  return `
    provinces AS (${named('province', 'province_total')}),
    authorities AS (${named('name', 'authority_total')}),
    breakdown AS (
      SELECT key, type, name, ${summed(ROW_FIGURES)}
      FROM (
        SELECT key, type, name, ${ROW_FIGURES.map(quoted).join(', ')} FROM part
        UNION ALL
        SELECT s.key, o.type, o.name, ${ROW_FIGURES.map(() => '0').join(', ')}
        FROM asked s JOIN scope o ON o.type NOT IN (s.type, 'global')
      ) listed
      GROUP BY key, type, name
    ),
    breakdown_list AS (
      SELECT key, type, ${items('item.name COLLATE "C", r.name IS NULL')}
      FROM breakdown r, ${item('name', `coalesce(name, 'unassigned')`)}
      WHERE r.name IS NOT NULL OR ${quoted('totalProjects')} > 0 GROUP BY key, type
    ),
    events AS (
      SELECT s.key, jsonb_agg(jsonb_build_object('date', to_char(day, 'YYYY-MM-DD'), 'count', ${number('e.total')})
                              ORDER BY day) AS items,
        sum(e.total) FILTER (WHERE day = DATE '${today}') AS today
      FROM asked s
      CROSS JOIN (SELECT DATE '${today}' - ago AS day FROM generate_series(0, ${HAPPENINGS.event.days - 1}) ago) days
      LEFT JOIN event_total e USING (key, day)
      GROUP BY s.key
    ),
    -- Otherwise each document would be put together wherever it is named.
    document AS MATERIALIZED (
      SELECT s.key, s.type, s.id, s.display_name, ${objectOf(members(today))} AS statistics
      FROM asked s
      LEFT JOIN total t USING (key)
      LEFT JOIN provinces USING (key)
      LEFT JOIN authorities USING (key)
      LEFT JOIN breakdown_list regions ON regions.key = s.key AND regions.type = 'regional'
      LEFT JOIN breakdown_list facilities ON facilities.key = s.key AND facilities.type = 'facility'
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
