/** What each project contributes (FACTS of figures.ts), as the scan reads it and as the table of contributions keeps it. */
import { textOf } from '../db/columns.ts';
import { PROVINCE_NAMES } from '../geography/provinces.ts';
import { FACTS, HAPPENINGS, type Happening } from './figures.ts';
import { ownAuthority, written } from './scopes.ts';

/**
 * A subquery with one row per project, of those that `where` holds for (on `p`, a row of "Projects"). Texts are as the project
 * has them written: the scan looks at them once for each group.
 *
 * The CTE that is never read keeps the planner from pulling the subquery up, which would repeat each expression in
 * each aggregate that names it (measured: 9.8 s instead of 1.7 s at 1,000,000 projects); OFFSET 0 would do so too,
 * but at the price of the parallel plan.
 *
 * @param text how a column with a text is read
 */
export const projectFacts = (where = 'true', text = textOf) => `(
  WITH not_pulled_up AS (SELECT 1)
  SELECT p."ProjectId" AS project_id, ${text('p."Region"')} AS region, ${text('p."FacilityType"')} AS facility,
    ${text('p."Province"')} AS province, ${text('p."WaterAuthority"')} AS authority, ${Object.entries(FACTS).map(([name, { value }]) => `${value} AS ${name}`)}
  FROM "Projects" p WHERE ${where}
)`;

/** The name that a province counts under: its own, or `other`; null stays null. */
export const provinceName = (province: string) =>
  `CASE WHEN ${province} = ANY('{${PROVINCE_NAMES.join(',')}}'::text[]) THEN ${province} WHEN ${province} IS NOT NULL THEN 'other' END`;

interface Column {
  readonly name: string;
  readonly type: string;
  /** SQL over a row `c` of projectFacts, joined with a row of each happening. */
  readonly value: string;
}

const keptFact = ([name, { type }]: [string, { type: string }]): Column => ({
  name,
  type,
  // Sums need no null.
  value: type === 'numeric' ? `coalesce(c.${name}, 0)::numeric` : `c.${name}::${type}`,
});
const happenings = Object.keys(HAPPENINGS) as Happening[];

/** Of a contribution, as the table keeps it; `region` and `facility` as scopes.ts writes them. */
export const CONTRIBUTION: readonly Column[] = [
  { name: 'project_id', type: 'uuid', value: 'c.project_id' },
  { name: 'region', type: 'text', value: written('c.region') },
  { name: 'facility', type: 'text', value: written('c.facility') },
  { name: 'province', type: 'text', value: `(${provinceName('c.province')})::text` },
  { name: 'authority', type: 'text', value: ownAuthority('c.authority') },
  ...Object.entries(FACTS).map(keptFact),
  ...happenings.flatMap((kind) => [
    { name: `${kind}_days`, type: 'date[]', value: `coalesce(${kind}.days, '{}')` },
    { name: `${kind}_totals`, type: 'numeric[]', value: `coalesce(${kind}.totals, '{}')` },
  ]),
];

/** The columns of a contribution as a list, of the relation `of` where one is named. */
export const contributionColumns = (of?: string) =>
  CONTRIBUTION.map(({ name }) => (of ? `${of}.${name}` : name)).join(', ');

/**
 * Contributions as they should be now.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param marked a condition on projects `p` that holds for a few of them, whose events are then looked up one by one;
 * default: all projects, joined with all events
 */
export function contributionRows(today: string, marked?: string): string {
  const joined = happenings.map((kind) =>
    marked
      ? `LEFT JOIN LATERAL (${byDay(kind, today, '"ProjectId" = c.project_id')}) ${kind} ON true`
      : `LEFT JOIN (${byDay(kind, today, 'true')}) ${kind} ON ${kind}.project_id = c.project_id`,
  );
  return `
    SELECT ${CONTRIBUTION.map(({ name, value }) => `${value} AS ${name}`).join(', ')}
    FROM ${projectFacts(marked)} c
    ${joined.join('\n')}`;
}

/** Per project the local days and what happened on each, from the first day of the window on. The future counts when it comes. */
function byDay(kind: Happening, today: string, ofProject: string): string {
  const { table, at, amount, where, days } = HAPPENINGS[kind];
  return `
    SELECT project_id, array_agg(day ORDER BY day) AS days, array_agg(total ORDER BY day) AS totals
    FROM (
      SELECT "ProjectId" AS project_id, ${at}::date AS day, coalesce(${amount}, 0)::numeric AS total
      FROM ${table}
      -- A day wider than the window, for the index; the day itself decides.
      WHERE ${at} >= DATE '${today}' - ${days} AND ${at} < '10000-01-01 00:00+00'
        AND ${at}::date > DATE '${today}' - ${days} AND ${where} AND ${ofProject}
      GROUP BY 1, 2
    ) daily
    GROUP BY project_id`;
}
