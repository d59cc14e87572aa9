/** How contributions are added to cells, and how cells move to another day. */
import type { Tx } from '../db/connection.ts';
import { daysAfter } from '../stats/days.ts';
import { BY_CELL, CELLS, PROJECTS, tableOf } from './cell-tables.ts';
import { inRange } from './days.ts';
import {
  DAY_KINDS,
  HAPPENINGS,
  type Happening,
  quoted,
  ROW_FIGURES,
  RUNNING_COUNTS,
  SUMS,
  type Sum,
} from './figures.ts';

/** Each row of a relation with `region` and `facility` keys, once for each scope it counts in. */
export const BY_SCOPE = `CROSS JOIN LATERAL (VALUES ('global'), (region), (facility)) AS s (scope)`;
const CROSSING = `${BY_CELL.region} AS region, ${BY_CELL.facility} AS facility`;

/**
 * CTEs that add a relation `delta` to the cells. Its rows are contributions with a `sign`: 1 for what counts now, -1
 * for what counted before.
 *
 * @param today the local date that the cells are of: days of events and status changes that are out of their windows
 * for ever are left out
 */
export function addToCells(generation: number, today: string): string {
  const running = RUNNING_COUNTS.map(({ name, kind, range }): NamedSum => {
    const { day, where } = DAY_KINDS[kind];
    return { name, value: '1', where: `${where} AND ${inRange(day, range(today))}` };
  });
  return `
    ${addSums(generation, [...SUMS, ...running])},
    day_delta AS (
      SELECT ${CROSSING}, kind, day, sum(n) AS n
      FROM (${signedDays(today).join(' UNION ALL ')}) signed
      WHERE day IS NOT NULL GROUP BY 1, 2, 3, 4
    ),
    ${upsert('days', generation, `day_delta ${BY_SCOPE}`, ['n'])}`;
}

type NamedSum = Pick<Sum, 'value' | 'where'> & { name: string };

/** The part of addToCells for columns that are sums; others stay as they are. */
function addSums(generation: number, sums: readonly NamedSum[]): string {
  const all = sums.map(({ name }) => name);
  const ofRows = sums.filter(({ name }) => ROW_FIGURES.includes(name));
  const rows = ofRows.map(({ name }) => name);
  return `
    crossing_delta AS (
      SELECT ${CROSSING}, ${sums.map(signedSum).join(', ')}
      FROM delta GROUP BY 1, 2
    ),
    row_delta AS (
      SELECT ${CROSSING}, province, coalesce('name:' || authority, ${BY_CELL.facility}) AS authority,
        ${ofRows.map(signedSum).join(', ')}
      FROM delta GROUP BY 1, 2, 3, 4
    ),
    ${upsert('totals', generation, `crossing_delta ${BY_SCOPE}`, all)},
    ${upsert('breakdowns', generation, 'crossing_delta', rows)},
    ${upsert('provinces', generation, `row_delta ${BY_SCOPE} WHERE province IS NOT NULL`, rows)},
    ${upsert('authorities', generation, `row_delta ${BY_SCOPE}`, rows)}`;
}

/**
 * Moves cells to a later local day: the projects whose day has passed since are added to each running count. They are
 * found over the indexes of the lists, by facility type.
 */
export async function moveCells(tx: Tx, generation: number, from: string, to: string): Promise<void> {
  for (const { name, kind, range } of RUNNING_COUNTS) {
    const { day, where } = DAY_KINDS[kind];
    const passed = inRange(day, { from: daysAfter(range(from).to, 1), to: range(to).to });
    await tx.unsafe(`
      WITH delta AS MATERIALIZED (
        SELECT 1 AS sign, c.* FROM ${tableOf('totals', generation)} CROSS JOIN LATERAL (
          SELECT region, facility, province, authority FROM ${tableOf('contributions', generation)}
          WHERE ${BY_CELL.facility} = scope AND ${where} AND ${passed} OFFSET 0
        ) c WHERE scope = 'facility' OR scope LIKE 'facility:%'
      ), ${addSums(generation, [{ name, value: '1' }])}
      SELECT 1`);
  }
}

function signedSum({ name, value, where }: NamedSum): string {
  const sum = value === '1' ? 'sum(sign)' : `sum(sign * ${value})`;
  return `${where ? `coalesce(${sum} FILTER (WHERE ${where}), 0)` : sum} AS ${quoted(name)}`;
}

function signedDays(today: string): string[] {
  const projects = Object.entries(DAY_KINDS).map(
    ([kind, { day, cell = day, where }]) =>
      `SELECT region, facility, '${kind}' AS kind, ${cell} AS day, sign::numeric AS n FROM delta WHERE ${where}`,
  );
  const happened = Object.entries(HAPPENINGS).map(
    ([kind, { days }]) => `
      SELECT region, facility, '${kind}' AS kind, e.day, sign * e.n AS n
      FROM delta CROSS JOIN LATERAL unnest(${kind}_days, ${kind}_totals) AS e (day, n)
      WHERE e.day > DATE '${today}' - ${days}`,
  );
  return [...projects, ...happened];
}

/**
 * A CTE that adds the rows of `delta`, summed by the table's key, to a table of cells; rows that add nothing are left out.
 * They are sorted so that a build writes the cells of a scope next to each other: a document reads fewer pages.
 */
function upsert(
  table: keyof typeof CELLS,
  generation: number,
  delta: string,
  names: readonly string[],
): string {
  const sums = names.map(quoted);
  const key = Object.keys(CELLS[table].key).join(', ');
  const columns = [key, ...sums].join(', ');
  return `added_${table} AS (
      INSERT INTO ${tableOf(table, generation)} AS cell (${columns})
      SELECT ${columns} FROM (SELECT ${key}, ${sums.map((sum) => `sum(${sum}) AS ${sum}`).join(', ')} FROM ${delta} GROUP BY ${key}) added
      WHERE ${sums.map((sum) => `${sum} <> 0`).join(' OR ')} ORDER BY ${key}
      ON CONFLICT (${key}) DO UPDATE SET ${sums.map((sum) => `${sum} = cell.${sum} + excluded.${sum}`).join(', ')}
    )`;
}

/**
 * Deletes from the cells what no document will ever show again: days that have left their window, and what sums to nothing,
 * as that of a text which no project has written any more.
 */
export async function dropPastCells(tx: Tx, generation: number, today: string): Promise<void> {
  const empty = (['totals', 'provinces', 'authorities', 'breakdowns'] as const).map(
    (table) => `${table} AS (DELETE FROM ${tableOf(table, generation)} WHERE ${PROJECTS} = 0)`,
  );
  const past = (Object.keys(HAPPENINGS) as Happening[]).map(
    (kind) => `kind = '${kind}' AND day <= DATE '${today}' - ${HAPPENINGS[kind].days}`,
  );
  await tx.unsafe(`
    WITH ${empty.join(', ')}
    DELETE FROM ${tableOf('days', generation)} WHERE n = 0 OR ${past.join(' OR ')}`);
}
