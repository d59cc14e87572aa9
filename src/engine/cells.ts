/**
 * Cells: sums of contributions, over all projects and by the region and by the facility type written in them, kept in
 * tables (sql/012) so that a change costs what it touches. Here is how they are added to; evaluate.ts reads
 * documents from them, and only there is decided which scope a cell belongs to.
 */
import type { Tx } from '../db/connection.ts';
import { AMOUNTS } from './contribution.ts';
import { DAY_KINDS, TOTALS } from './measures.ts';

/** Days of events and of status changes that a document shows, today included. */
export const EVENT_DAYS = 14;
export const CHANGE_DAYS = 30;

/** Of a contribution, as the table has them; `region` and `facility` as scopes.ts writes them. */
export const CONTRIBUTION_COLUMNS = [
  'project_id',
  'region',
  'facility',
  'province',
  'status',
  'completion',
  'decile',
  'kw',
  ...AMOUNTS,
  'starts_on',
  'due_on',
  'ended_on',
  'active_on',
  'mapped',
  'event_days',
  'event_totals',
  'change_days',
  'change_totals',
].join(', ');

const REGION_KEY = `coalesce('region:' || region, 'region')`;
const FACILITY_KEY = `coalesce('facility:' || facility, 'facility')`;
/** Each row of a relation with `region` and `facility` keys, once for each scope it counts in. */
const BY_SCOPE = `CROSS JOIN LATERAL (VALUES ('global'), (region), (facility)) AS s (scope)`;

/**
 * CTEs that add a relation `delta` to the cells of a generation. Its rows are contributions with a `sign`: 1 for what
 * counts now, -1 for what counted before.
 *
 * @param today the local date D: events and status changes that are out of their windows for ever are left out
 */
export function addToCells(generation: number, today: string): string {
  const names = TOTALS.map(({ name }) => name);
  return `
    crossing_delta AS (
      SELECT ${REGION_KEY} AS region, ${FACILITY_KEY} AS facility, ${TOTALS.map(signedSum).join(', ')}
      FROM delta GROUP BY 1, 2
    ),
    province_delta AS (
      SELECT ${REGION_KEY} AS region, ${FACILITY_KEY} AS facility, province, sum(sign) AS total,
        coalesce(sum(sign) FILTER (WHERE status = 2), 0) AS completed
      FROM delta WHERE province IS NOT NULL GROUP BY 1, 2, 3
    ),
    day_delta AS (
      SELECT ${REGION_KEY} AS region, ${FACILITY_KEY} AS facility, kind, day, sum(n) AS n
      FROM (${signedDays(today).join(' UNION ALL ')}) signed
      WHERE day IS NOT NULL GROUP BY 1, 2, 3, 4
    ),
    ${upsert('totals', generation, ['scope'], names, `SELECT scope, ${names.map((n) => `sum(${n}) AS ${n}`).join(', ')} FROM crossing_delta ${BY_SCOPE} GROUP BY scope`)},
    ${upsert('crossings', generation, ['region', 'facility'], ['total', 'completed', 'kw'], 'SELECT region, facility, total, completed, kw FROM crossing_delta')},
    ${upsert('provinces', generation, ['scope', 'province'], ['total', 'completed'], `SELECT scope, province, sum(total) AS total, sum(completed) AS completed FROM province_delta ${BY_SCOPE} GROUP BY scope, province`)},
    ${upsert('days', generation, ['scope', 'kind', 'day'], ['n'], `SELECT scope, kind, day, sum(n) AS n FROM day_delta ${BY_SCOPE} GROUP BY scope, kind, day`)}`;
}

function signedSum({ name, value, where }: (typeof TOTALS)[number]): string {
  const sum = value === '1' ? 'sum(sign)' : `sum(sign * ${value})`;
  return where ? `coalesce(${sum} FILTER (WHERE ${where}), 0) AS ${name}` : `${sum} AS ${name}`;
}

function signedDays(today: string): string[] {
  const projects = Object.entries(DAY_KINDS).map(
    ([kind, { day, cell = day, where }]) =>
      `SELECT region, facility, '${kind}' AS kind, ${cell} AS day, sign::numeric AS n FROM delta WHERE ${where}`,
  );
  const happened = [
    { kind: 'event', days: 'event_days', totals: 'event_totals', window: EVENT_DAYS },
    { kind: 'change', days: 'change_days', totals: 'change_totals', window: CHANGE_DAYS },
  ].map(
    ({ kind, days, totals, window }) => `
      SELECT region, facility, '${kind}', e.day, sign * e.n
      FROM delta CROSS JOIN LATERAL unnest(${days}, ${totals}) AS e (day, n) WHERE e.day > DATE '${today}' - ${window}`,
  );
  return [...projects, ...happened];
}

/** A CTE that adds the rows of `select` to a table of cells; rows that add nothing are left out. */
function upsert(
  table: string,
  generation: number,
  key: readonly string[],
  sums: readonly string[],
  select: string,
): string {
  const something = sums.map((sum) => `${sum} <> 0`).join(' OR ');
  return `added_${table} AS (
      INSERT INTO dashboard_stats.${table} AS cell (generation, ${[...key, ...sums].join(', ')})
      SELECT ${generation}, ${[...key, ...sums].join(', ')} FROM (${select}) added WHERE ${something}
      ON CONFLICT (generation, ${key.join(', ')}) DO UPDATE SET ${sums.map((sum) => `${sum} = cell.${sum} + excluded.${sum}`).join(', ')}
    )`;
}

/**
 * Takes out of the cells what no document will ever show again: days that have left their window, and what sums to nothing,
 * as that of a text which no project has written any more.
 */
export async function dropPastCells(tx: Tx, generation: number, today: string): Promise<void> {
  await tx.unsafe(`
    WITH provinces AS (DELETE FROM dashboard_stats.provinces WHERE generation = ${generation} AND total = 0),
    crossings AS (DELETE FROM dashboard_stats.crossings WHERE generation = ${generation} AND total = 0),
    totals AS (DELETE FROM dashboard_stats.totals WHERE generation = ${generation} AND total = 0)
    DELETE FROM dashboard_stats.days
    WHERE generation = ${generation}
      AND (n = 0 OR kind = 'event' AND day <= DATE '${today}' - ${EVENT_DAYS}
        OR kind = 'change' AND day <= DATE '${today}' - ${CHANGE_DAYS})`);
}
