import type { Tx } from '../db/connection.ts';
import { daysAfter } from '../stats/days.ts';
import { type CellTable, PROJECTS, tableOf } from './cell-tables.ts';
import { type DayRange, inRange } from './days.ts';
import {
  AXIS,
  CHECKED,
  type CheckedDocument,
  COMPUTED,
  type ComputedDocument,
  computed,
  SUMMED_ROW_JSON,
} from './document.ts';
import {
  DAY_COUNTS,
  DAY_KINDS,
  type DayKind,
  HAPPENINGS,
  type Happening,
  LATEST_DAYS,
  quoted,
  ROW_FIGURES,
  RUNNING_COUNTS,
  SUMS,
  summed,
} from './figures.ts';
import { type Stamp, stampValues, stored } from './sql/write-documents.ts';

/** Which documents to compute: those with such a key, and those that such a cell counts in. */
export interface Asked {
  keys: readonly string[];
  cells: readonly string[];
}

/**
 * Documents from the cells: what the scan computes from the base tables, for the cost of the scopes asked for.
 *
 * Cells are looked up one scope at a time (LATERAL, and OFFSET 0 where nothing else keeps it so): no estimate of the
 * planner's, of which there are none for CTEs, can turn a few look-ups into a pass over the table.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param asked undefined for all documents
 */
export async function evaluate(
  tx: Tx,
  generation: number,
  today: string,
  asked: Asked | undefined,
): Promise<ComputedDocument[]> {
  return tx.unsafe(`${computedFromCells(generation, today, asked)} ${COMPUTED}`, valuesOf(asked), {
    prepare: true,
  });
}

/**
 * The same, and stores those that changed. The documents never leave the server: there and back costs as much as they do.
 *
 * @returns what was asked for, whether or not it changed
 */
export async function evaluateAndStore(
  tx: Tx,
  generation: number,
  today: string,
  asked: Asked | undefined,
  stamp: Stamp,
): Promise<CheckedDocument[]> {
  const values = valuesOf(asked);
  return tx.unsafe(
    `${computedFromCells(generation, today, asked)}, ${stored(values.length + 1)} ${CHECKED}`,
    [...values, ...stampValues(stamp)],
    { prepare: true },
  );
}

const valuesOf = (asked: Asked | undefined) =>
  asked ? [asked.keys as string[], asked.cells as string[]] : [];

function computedFromCells(generation: number, today: string, asked: Asked | undefined): string {
  const cells = (table: CellTable) => tableOf(table, generation);
  const totals = `${cells('totals')} t`;
  const place = `${cells('places')} place`;
  const daysOf = (kind: string) => `${cells('days')} WHERE scope = a.cell AND kind = '${kind}'`;
  const recent = (kind: Happening) => `
    SELECT day, n FROM ${daysOf(kind)}
      AND ${inRange('day', { from: daysAfter(today, 1 - HAPPENINGS[kind].days), to: today })} OFFSET 0`;
  const rowFigures = ROW_FIGURES.map(quoted).join(', ');
  const provinces = `
      asked_cell a CROSS JOIN LATERAL (SELECT * FROM ${cells('provinces')} WHERE scope = a.cell AND ${PROJECTS} > 0 OFFSET 0) p`;
  return `
    WITH ${AXIS},
    own AS MATERIALIZED (
      SELECT number, key, type, id, display_name FROM ${place}
      WHERE main AND key IS NOT NULL ${asked ? `AND (key = ANY($1::text[]) OR key IN (SELECT key FROM ${place} WHERE cell = ANY($2::text[])))` : ''}
    ),
    listed AS (
      SELECT axis, number AS place, json_name, key IS NOT NULL AS is_scope FROM ${place} JOIN axis USING (type) WHERE main
    ),
    asked_cell AS MATERIALIZED (SELECT number, cell, alone FROM ${place} JOIN own USING (number)),
    total AS (
      SELECT number, ${summed([...SUMS, ...RUNNING_COUNTS, ...DAY_COUNTS].map(({ name }) => name))},
        ${LATEST_DAYS.map(({ name }) => `max(${quoted(name)}) AS ${quoted(name)}`).join(', ')}
      FROM asked_cell a JOIN ${totals} ON t.scope = a.cell
      ${countsByKind(today)
        .map(
          ({ kind, counts, range }) => `CROSS JOIN LATERAL (
          SELECT ${counts.map(({ name, range }) => `sum(n) FILTER (WHERE ${inRange('day', range(today))}) AS ${quoted(name)}`).join(', ')}
          FROM ${daysOf(kind)} AND ${inRange('day', range)}) ${kind}_days`,
        )
        .join('\n')}
      ${LATEST_DAYS.map(
        ({ name, kind }) => `CROSS JOIN LATERAL (
          SELECT (SELECT day FROM ${daysOf(kind)} AND day <= DATE '${today}' AND n > 0 ORDER BY day DESC LIMIT 1) AS ${quoted(name)}
        ) latest_${kind}`,
      ).join('\n')}
      GROUP BY number
    ),
    province_total AS (
      SELECT number, province AS name, json FROM ${provinces} WHERE alone
      UNION ALL SELECT number, province, ${SUMMED_ROW_JSON} FROM ${provinces} WHERE NOT alone GROUP BY number, province
    ),
    authority_total AS (
      SELECT a.number, coalesce(CASE WHEN c.authority LIKE 'name:%' THEN substr(c.authority, 6) END, place.authority, 'unassigned') AS name,
        ${SUMMED_ROW_JSON} AS json
      FROM asked_cell a
      CROSS JOIN LATERAL (SELECT * FROM ${cells('authorities')} WHERE scope = a.cell AND ${PROJECTS} > 0 OFFSET 0) c
      LEFT JOIN ${place} ON place.cell = c.authority
      GROUP BY 1, 2
    ),
    part_row AS (
      SELECT a.number, place.number AS place, a.alone AND place.alone AS alone, json, ${rowFigures}
      FROM asked_cell a
      CROSS JOIN LATERAL (SELECT * FROM (
        SELECT 'global' AS one, scope AS other, json, ${rowFigures} FROM ${totals}
        UNION ALL SELECT region, facility, json, ${rowFigures} FROM ${cells('breakdowns')}
        UNION ALL SELECT facility, region, json, ${rowFigures} FROM ${cells('breakdowns')}
      ) pair WHERE one = a.cell AND ${PROJECTS} > 0 OFFSET 0) c
      JOIN ${place} ON place.cell = other
    ),
    -- A row that one cell stands for has the text that the cell keeps, any other a new one of sums.
    part AS (
      SELECT number, place, json FROM part_row WHERE alone
      UNION ALL SELECT number, place, ${SUMMED_ROW_JSON} FROM part_row WHERE NOT alone GROUP BY number, place
    ),
    event_total AS (
      SELECT number, day, sum(n) AS total
      FROM asked_cell a CROSS JOIN LATERAL (${recent('event')}) e GROUP BY number, day
    ),
    status_changes AS (
      SELECT number, sum(n) AS total
      FROM asked_cell a CROSS JOIN LATERAL (${recent('change')}) c GROUP BY number
    ),
    ${computed(today, false)}`;
}

/** The counts over each kind of day, with the range that holds all of theirs. */
function countsByKind(today: string): { kind: DayKind; counts: typeof DAY_COUNTS; range: DayRange }[] {
  return (Object.keys(DAY_KINDS) as DayKind[]).map((kind) => {
    const counts = DAY_COUNTS.filter((count) => count.kind === kind);
    const ranges = counts.map(({ range }) => range(today));
    const from = ranges.map((range) => range.from).sort()[0] ?? today;
    const to =
      ranges
        .map((range) => range.to)
        .sort()
        .at(-1) ?? today;
    return { kind, counts, range: { from, to } };
  });
}
