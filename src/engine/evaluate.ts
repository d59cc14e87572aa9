import type { Tx } from '../db/connection.ts';
import { CHANGE_DAYS, EVENT_DAYS } from './cells.ts';
import { type ComputedDocument, documentsSql } from './documents.ts';
import {
  DAY_KINDS,
  type DayKind,
  type DayMeasure,
  dayMeasures,
  daysAfter,
  TOTALS,
  within,
} from './measures.ts';
import { SCOPES } from './scopes.ts';

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
 * @param today the local date D, `YYYY-MM-DD`
 * @param asked undefined for all documents
 */
export async function evaluate(
  tx: Tx,
  generation: number,
  today: string,
  asked: Asked | undefined,
): Promise<ComputedDocument[]> {
  const cells = (table: string) => `dashboard_stats.${table} WHERE generation = ${generation}`;
  const totals = `(SELECT * FROM ${cells('totals')}) t`;
  const recent = (kind: string, days: number) =>
    `SELECT day, n FROM ${cells('days')} AND scope = a.cell AND kind = '${kind}'
       AND ${within('day', { from: daysAfter(today, 1 - days), to: today })} OFFSET 0`;
  const text = `
    WITH ${SCOPES},
    -- The scope that each cell counts in; name and key are null where there is none.
    placed AS MATERIALIZED (
      SELECT scope AS cell, 'global' AS type, 'global' AS name, 'global' AS key FROM ${totals} WHERE scope = 'global'
      UNION ALL
      SELECT cell, 'regional', name, 'region:' || name FROM (
        SELECT scope AS cell, coalesce(region.name, (SELECT name FROM region WHERE match = 'unknown')) AS name
        FROM ${totals} LEFT JOIN region ON scope = 'region:' || match
        WHERE scope = 'region' OR scope LIKE 'region:%'
      ) of_region
      UNION ALL
      SELECT scope, 'facility', name, 'facility:' || name
      FROM ${totals} LEFT JOIN facility ON scope = 'facility:' || match
      WHERE scope = 'facility' OR scope LIKE 'facility:%'
    ),
    asked AS MATERIALIZED (
      SELECT * FROM scope
      ${asked ? 'WHERE key = ANY($1::text[]) OR key IN (SELECT key FROM placed WHERE cell = ANY($2::text[]))' : ''}
    ),
    asked_cell AS MATERIALIZED (SELECT key, cell FROM placed JOIN asked USING (key)),
    total AS (
      SELECT a.key, ${[...TOTALS, ...dayMeasures(today)].map(rollup).join(', ')}
      FROM asked_cell a JOIN ${totals} ON t.scope = a.cell
      ${daysByKind(today)
        .map(
          ({ kind, measures, range }) => `CROSS JOIN LATERAL (
          SELECT ${measures.map(overDays).join(', ')}
          FROM ${cells('days')} AND scope = a.cell AND kind = '${kind}' AND ${within('day', range)}) ${kind}_days`,
        )
        .join('\n')}
      CROSS JOIN LATERAL (
        SELECT (SELECT day FROM ${cells('days')} AND scope = a.cell AND kind = 'active' AND day <= DATE '${today}' AND n > 0
                ORDER BY day DESC LIMIT 1) AS last_active_on) latest
      GROUP BY a.key
    ),
    province_total AS (
      SELECT a.key, p.province AS name, sum(p.total) AS total, sum(p.completed) AS completed
      FROM asked_cell a
      CROSS JOIN LATERAL (SELECT * FROM ${cells('provinces')} AND scope = a.cell AND total > 0 OFFSET 0) p
      GROUP BY a.key, p.province
    ),
    part AS (
      SELECT 'global' AS key, placed.type, name, sum(total) AS total, sum(completed) AS completed, sum(kw) AS kw
      FROM placed JOIN ${totals} ON t.scope = placed.cell
      WHERE placed.type <> 'global' GROUP BY placed.type, name
      ${[
        ['region', 'facility'],
        ['facility', 'region'],
      ]
        .map(
          ([own, other]) => `
      UNION ALL
      SELECT a.key, other.type, other.name, sum(c.total), sum(c.completed), sum(c.kw)
      FROM asked_cell a
      CROSS JOIN LATERAL (SELECT * FROM ${cells('crossings')} AND ${own} = a.cell OFFSET 0) c
      JOIN placed other ON other.cell = c.${other}
      GROUP BY a.key, other.type, other.name`,
        )
        .join('')}
    ),
    event_total AS (
      SELECT a.key, day, sum(n) AS total
      FROM asked_cell a CROSS JOIN LATERAL (${recent('event', EVENT_DAYS)}) e GROUP BY a.key, day
    ),
    status_changes AS (
      SELECT a.key, sum(n) AS total
      FROM asked_cell a CROSS JOIN LATERAL (${recent('change', CHANGE_DAYS)}) c GROUP BY a.key
    ),
    ${documentsSql(today, false)}`;
  return tx.unsafe<ComputedDocument[]>(text, asked ? [asked.keys as string[], asked.cells as string[]] : [], {
    prepare: true,
  });
}

/** The counts over each kind of day, with the range that holds all of theirs. */
function daysByKind(today: string) {
  const counts = dayMeasures(today).filter(({ aggregate }) => aggregate === 'count');
  return (Object.keys(DAY_KINDS) as DayKind[]).map((kind) => {
    const measures = counts.filter((measure) => measure.kind === kind);
    const froms = measures.map(({ from }) => from);
    const to =
      measures
        .map((measure) => measure.to)
        .sort()
        .at(-1) ?? today;
    const from = froms.includes(undefined) ? undefined : froms.sort()[0];
    return { kind, measures, range: { to, ...(from && { from }) } };
  });
}

const overDays = (measure: DayMeasure) =>
  `sum(n) FILTER (WHERE ${within('day', measure)}) AS ${measure.name}`;

const rollup = ({ name, aggregate = 'count' }: { name: string; aggregate?: DayMeasure['aggregate'] }) =>
  `${aggregate === 'max' ? 'max' : 'sum'}(${name}) AS ${name}`;
