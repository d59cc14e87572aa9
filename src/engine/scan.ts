import type { Db } from '../db/connection.ts';
import { contributions, provinceName } from './contribution.ts';
import { type ComputedDocument, documentsSql } from './documents.ts';
import { DAY_KINDS, dayMeasures, lastTwelveMonths, TOTALS } from './measures.ts';
import { placed, SCOPES } from './scopes.ts';

/**
 * The oracle: every document of every scope by one full scan, in one statement and so in one snapshot.
 *
 * It groups all projects once, in parallel, by the region, facility and province written in them; names are matched
 * to scopes on the few groups that come out, and sums are rolled up from there. One query per scope, or GROUPING SETS
 * over the whole table, cost six times as much (design.md section 8).
 *
 * The transaction must have set TimeZone to the zone of the statistics.
 *
 * @param today the local date D, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export async function scan(sql: Db, today: string, rewrite = false): Promise<ComputedDocument[]> {
  const figures = aggregates(today);
  const columns = (format: (figure: Aggregate) => string) => sql.unsafe(figures.map(format).join(',\n'));
  const d = sql.unsafe(`DATE '${today}'`);
  const place = (groups: string, kept: string[]) => sql.unsafe(placed(groups, kept));

  return sql<ComputedDocument[]>`
    WITH ${sql.unsafe(SCOPES)},
    asked AS (SELECT * FROM scope),

    -- The one pass over the projects, and the two over what happened to them lately.
    project_group AS MATERIALIZED (
      SELECT region, facility, province, ${columns((f) => `${f.aggregate} AS ${f.name}`)}
      FROM ${sql.unsafe(contributions())} c
      GROUP BY region, facility, province
    ),
    event_group AS MATERIALIZED (
      SELECT p."Region" AS region, p."FacilityType" AS facility, f."CreatedAt"::date AS day,
        sum(f."AggregatedCount") AS total
      FROM "ProjectActivityFeed" f JOIN "Projects" p USING ("ProjectId")
      -- A day wider than the window, for the index; the day itself decides.
      WHERE f."CreatedAt" >= ${d} - 14 AND f."CreatedAt" < ${d} + 2
        AND f."CreatedAt"::date BETWEEN ${d} - 13 AND ${d}
        AND f."IsVisible"
      GROUP BY 1, 2, 3
    ),
    status_change_group AS MATERIALIZED (
      SELECT p."Region" AS region, p."FacilityType" AS facility, count(*) AS total
      FROM "ProjectStatusHistory" h JOIN "Projects" p USING ("ProjectId")
      WHERE h."ChangedAt" >= ${d} - 30 AND h."ChangedAt" < ${d} + 2
        AND h."ChangedAt"::date BETWEEN ${d} - 29 AND ${d}
      GROUP BY 1, 2
    ),

    placed_project AS (${place('project_group', ['province', ...figures.map((f) => f.name)])}),
    placed_event AS (${place('event_group', ['day', 'total'])}),
    placed_status_change AS (${place('status_change_group', ['total'])}),

    total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, ${columns((f) => `${f.rollup}(${f.name}) AS ${f.name}`)}
      FROM placed_project GROUP BY GROUPING SETS ((), (region), (facility))
    ),
    province_total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, name, sum(total) AS total, sum(completed) AS completed
      FROM (
        SELECT *, ${sql.unsafe(provinceName('province'))} AS name
        FROM placed_project WHERE province IS NOT NULL
      ) named
      GROUP BY GROUPING SETS ((name), (region, name), (facility, name))
    ),
    crossing AS (
      SELECT region, facility, GROUPING(region) AS any_region, GROUPING(facility) AS any_facility,
        sum(total) AS total, sum(completed) AS completed, sum(kw) AS kw
      FROM placed_project GROUP BY GROUPING SETS ((region), (facility), (region, facility))
    ),
    part AS (
      SELECT 'global' AS key, 'regional' AS type, region AS name, total, completed, kw
        FROM crossing WHERE any_facility = 1
      UNION ALL SELECT 'global', 'facility', facility, total, completed, kw FROM crossing WHERE any_region = 1
      UNION ALL SELECT 'region:' || region, 'facility', facility, total, completed, kw
        FROM crossing WHERE any_region + any_facility = 0
      UNION ALL SELECT 'facility:' || facility, 'regional', region, total, completed, kw
        FROM crossing WHERE any_region + any_facility = 0
    ),
    event_total AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, day, sum(total) AS total
      FROM placed_event GROUP BY GROUPING SETS ((day), (region, day), (facility, day))
    ),
    status_changes AS (
      SELECT ${sql.unsafe(SCOPE_KEY)} AS key, sum(total) AS total
      FROM placed_status_change GROUP BY GROUPING SETS ((), (region), (facility))
    ),
    ${sql.unsafe(documentsSql(today, rewrite))}`;
}

/** A figure as an aggregate over contributions, and the aggregate that puts those of groups together. */
interface Aggregate {
  name: string;
  aggregate: string;
  rollup: 'sum' | 'max';
}

function aggregates(today: string): Aggregate[] {
  const totals = TOTALS.map(({ name, value, where }): Aggregate => {
    const over = value === '1' ? 'count(*)' : `sum(${value})`;
    return { name, aggregate: where ? `${over} FILTER (WHERE ${where})` : over, rollup: 'sum' };
  });
  const days = dayMeasures(today, lastTwelveMonths(today)).map(
    ({ name, kind, within, aggregate }): Aggregate => {
      const { day, where } = DAY_KINDS[kind];
      const over = aggregate === 'max' ? `max(${day})` : 'count(*)';
      const rollup = aggregate === 'max' ? 'max' : 'sum';
      return { name, aggregate: `${over} FILTER (WHERE ${where} AND ${within(day)})`, rollup };
    },
  );
  return [...totals, ...days];
}

/**
 * Names the scope of a row that GROUPING SETS made. Null for the projects that are in no scope on that axis, which
 * then joins to nothing.
 */
const SCOPE_KEY = `CASE
  WHEN GROUPING(region) = 0 THEN 'region:' || region
  WHEN GROUPING(facility) = 0 THEN 'facility:' || facility
  ELSE 'global' END`;
