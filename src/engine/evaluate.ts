import type { Tx } from '../db/connection.ts';
import { CHANGE_DAYS, EVENT_DAYS } from './cells.ts';
import { type ComputedDocument, documentsSql } from './documents.ts';
import { dayMeasures, lastTwelveMonths, TOTALS } from './measures.ts';
import { SCOPES } from './scopes.ts';

/**
 * Documents from the cells: what the scan computes from the base tables, for the cost of the scopes asked for.
 *
 * @param today the local date D, `YYYY-MM-DD`
 * @param keys of the documents to compute; undefined for all
 * @param rewrite take every document for changed
 */
export async function evaluate(
  tx: Tx,
  generation: number,
  today: string,
  keys: readonly string[] | undefined,
  rewrite: boolean,
): Promise<ComputedDocument[]> {
  const cells = (table: string) =>
    `(SELECT * FROM dashboard_stats.${table} WHERE generation = ${generation}) ${table}`;
  const wanted = (column: string) => (keys ? `${column} = ANY($1::text[])` : 'true');
  const d = `DATE '${today}'`;
  const text = `
    WITH ${SCOPES},
    asked AS (SELECT * FROM scope WHERE ${wanted('key')}),
    day_total AS (
      SELECT scope, ${dayMeasures(today, lastTwelveMonths(today)).map(overDays).join(', ')}
      FROM ${cells('days')} WHERE ${wanted('scope')} GROUP BY scope
    ),
    total AS (
      SELECT totals.scope AS key, ${TOTALS.map(({ name }) => `totals.${name}`).join(', ')}, day_total.*
      FROM ${cells('totals')} LEFT JOIN day_total USING (scope) WHERE ${wanted('totals.scope')}
    ),
    province_total AS (
      SELECT scope AS key, province AS name, total, completed
      FROM ${cells('provinces')} WHERE ${wanted('scope')} AND total > 0
    ),
    part AS (
      SELECT 'global' AS key, 'regional' AS type, ${nameIn('scope', 'region')} AS name, total, completed, kw
        FROM ${cells('totals')} WHERE scope = 'region' OR scope LIKE 'region:%'
      UNION ALL SELECT 'global', 'facility', ${nameIn('scope', 'facility')}, total, completed, kw
        FROM ${cells('totals')} WHERE scope = 'facility' OR scope LIKE 'facility:%'
      UNION ALL SELECT region, 'facility', ${nameIn('facility', 'facility')}, total, completed, kw
        FROM ${cells('crossings')} WHERE ${wanted('region')}
      UNION ALL SELECT facility, 'regional', ${nameIn('region', 'region')}, total, completed, kw
        FROM ${cells('crossings')} WHERE ${wanted('facility')}
    ),
    event_total AS (
      SELECT scope AS key, day, n AS total FROM ${cells('days')}
      WHERE kind = 'event' AND day > ${d} - ${EVENT_DAYS} AND day <= ${d} AND ${wanted('scope')}
    ),
    status_changes AS (
      SELECT scope AS key, sum(n) AS total FROM ${cells('days')}
      WHERE kind = 'change' AND day > ${d} - ${CHANGE_DAYS} AND day <= ${d} AND ${wanted('scope')}
      GROUP BY scope
    ),
    ${documentsSql(today, rewrite)}`;
  return tx.unsafe<ComputedDocument[]>(text, keys ? [keys as string[]] : [], { prepare: true });
}

function overDays({ name, kind, within, aggregate }: ReturnType<typeof dayMeasures>[number]): string {
  const filter = (more = '') => `FILTER (WHERE kind = '${kind}' AND ${within('day')}${more})`;
  return `${aggregate === 'max' ? `max(day) ${filter(' AND n > 0')}` : `sum(n) ${filter()}`} AS ${name}`;
}

/** The name in a key of `region` or `facility`; null for those that are in none. */
const nameIn = (key: string, axis: string) =>
  `CASE WHEN ${key} <> '${axis}' THEN substr(${key}, ${axis.length + 2}) END`;
