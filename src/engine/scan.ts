import { textOf } from '../db/columns.ts';
import type { Db } from '../db/connection.ts';
import { projectFacts, provinceName } from './contribution.ts';
import { inRange } from './days.ts';
import { AXIS, COMPUTED, type ComputedDocument, computed, SUMMED_ROW_JSON } from './document.ts';
import { DAY_COUNTS, DAY_KINDS, HAPPENINGS, LATEST_DAYS, quoted, RUNNING_COUNTS, SUMS } from './figures.ts';
import { OWN_FACILITY, OWN_REGION, ownAuthority, placed, SCOPE_KEY, SCOPES } from './scopes.ts';

/**
 * The oracle: every document of every scope by one full scan, in one statement and so in one snapshot.
 *
 * It groups all projects once, in parallel, by the region, facility, province and authority written in them; names are matched
 * to scopes on the few groups that come out, and sums are rolled up from there. One query per scope, or GROUPING SETS
 * over the whole table, cost six times as much (docs/adr/001). Days are columns here and not a condition or a
 * group, of whose number the planner has no idea: with them it joined row by row and sorted, for twice the time.
 *
 * The transaction must have set TimeZone to the zone of the statistics.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @param rewrite take every document for changed
 */
export function scan(sql: Db, today: string, rewrite = false): Promise<ComputedDocument[]> {
  return sql.unsafe<ComputedDocument[]>(scanSql(today, rewrite));
}

/** The statement of `scan`. */
export function scanSql(today: string, rewrite: boolean): string {
  const figures = aggregates(today);
  const columns = (format: (figure: Aggregate) => string) => figures.map(format).join(',\n');
  const changeDays = HAPPENINGS.change.days;
  const d = `DATE '${today}'`;
  /** A day wider than the window, for the index; the day itself decides. */
  const around = (at: string, days: number) => `${at} >= ${d} - ${days} AND ${at} < ${d} + 2`;

  return `
    WITH ${SCOPES}, ${AXIS},
    -- Numbers, as to hash, sort and compare keys as text takes as long as the sums do.
    own AS MATERIALIZED (SELECT *, row_number() OVER () AS number FROM scope),
    -- \`listed\`: the key of a scope, or \`regional\` or \`facility\` for projects that are in none.
    listed AS MATERIALIZED (
      SELECT *, to_json(name)::text AS json_name, row_number() OVER (ORDER BY name COLLATE "C", NOT is_scope) AS place
      FROM (
        SELECT key AS listed, axis, name, true AS is_scope FROM scope JOIN axis USING (type)
        UNION ALL SELECT type, axis, 'unassigned', false FROM axis
      ) named
    ),

    -- The one pass over the projects, and the one over what happened to them lately. Columns become texts out here: of a column the planner
    -- knows how many values it has. Of texts it took a tenth of all projects for the number of groups, and sorted 1,000,000 projects on disk.
    project_group AS MATERIALIZED (
      SELECT ${['region', 'facility', 'province', 'authority'].map((name) => `${textOf(`c.${name}`)} AS ${name}`)},
        ${columns((f) => `${f.aggregate} AS ${f.name}`)}
      FROM ${projectFacts('true', (column) => column)} c
      GROUP BY 1, 2, 3, 4
    ),
    happened AS (
      SELECT "ProjectId", "CreatedAt"::date AS day, "AggregatedCount" AS events, NULL::integer AS changes
      FROM "ProjectActivityFeed" WHERE ${around('"CreatedAt"', HAPPENINGS.event.days)} AND "IsVisible"
      UNION ALL
      SELECT "ProjectId", "ChangedAt"::date, NULL, 1
      FROM "ProjectStatusHistory" WHERE ${around('"ChangedAt"', changeDays)}
    ),
    happened_group AS MATERIALIZED (
      SELECT region, facility, ${EVENT_DAYS_AGO.map((ago) => `sum(events) FILTER (WHERE day = ${d} - ${ago}) AS ago_${ago}`).join(', ')},
        sum(changes) FILTER (WHERE day BETWEEN ${d} - ${changeDays - 1} AND ${d}) AS changes
      FROM (
        WITH not_pulled_up AS (SELECT 1)
        SELECT ${OWN_REGION} AS region, ${OWN_FACILITY} AS facility, day, events, changes
        FROM happened JOIN "Projects" p USING ("ProjectId")
      ) h GROUP BY region, facility
    ),
    event_day AS (
      SELECT region, facility, day, total
      FROM happened_group
      CROSS JOIN LATERAL (VALUES ${EVENT_DAYS_AGO.map((ago) => `(${d} - ${ago}, ago_${ago})`).join(', ')}) AS v (day, total)
      WHERE total IS NOT NULL
    ),

    placed_project AS (${placed('project_group', ['province', 'authority', ...figures.map((f) => f.name)])}),
    placed_event AS (${placed('event_day', ['day', 'total'])}),
    placed_status_change AS (${placed('happened_group', ['changes'])}),

    total AS (${numbered(`
      SELECT ${SCOPE_KEY} AS key, ${columns((f) => `${f.rollup}(${f.name}) AS ${f.name}`)}
      FROM placed_project GROUP BY GROUPING SETS ((), (region), (facility))`)}
    ),
    province_total AS (${numbered(`
      SELECT ${SCOPE_KEY} AS key, name, ${SUMMED_ROW_JSON} AS json
      FROM (
        SELECT *, ${provinceName('province')} AS name
        FROM placed_project WHERE province IS NOT NULL
      ) named
      GROUP BY GROUPING SETS ((name), (region, name), (facility, name))`)}
    ),
    authority_total AS (${numbered(`
      SELECT ${SCOPE_KEY} AS key, name, ${SUMMED_ROW_JSON} AS json
      FROM (
        SELECT p.*, coalesce(${ownAuthority('p.authority')}, f.authority, 'unassigned') AS name
        FROM placed_project p LEFT JOIN facility f ON f.name = p.facility
      ) named
      GROUP BY GROUPING SETS ((name), (region, name), (facility, name))`)}
    ),
    crossing AS (
      SELECT coalesce('region:' || region, 'regional') AS region, coalesce('facility:' || facility, 'facility') AS facility,
        GROUPING(region) AS any_region, GROUPING(facility) AS any_facility, ${SUMMED_ROW_JSON} AS json
      FROM placed_project GROUP BY GROUPING SETS ((region), (facility), (region, facility))
    ),
    part AS (
      SELECT number, place, json FROM own JOIN (
        SELECT 'global' AS key, region AS listed, json FROM crossing WHERE any_facility = 1
        UNION ALL SELECT 'global', facility, json FROM crossing WHERE any_region = 1
        UNION ALL SELECT region, facility, json FROM crossing WHERE any_region + any_facility = 0
        UNION ALL SELECT facility, region, json FROM crossing WHERE any_region + any_facility = 0
      ) by_key USING (key) JOIN listed USING (listed)
    ),
    event_total AS (${numbered(`
      SELECT ${SCOPE_KEY} AS key, day, sum(total) AS total
      FROM placed_event GROUP BY GROUPING SETS ((day), (region, day), (facility, day))`)}
    ),
    status_changes AS (${numbered(`
      SELECT ${SCOPE_KEY} AS key, sum(changes) AS total
      FROM placed_status_change GROUP BY GROUPING SETS ((), (region), (facility))`)}
    ),
    ${computed(today, rewrite)} ${COMPUTED}`;
}

/** Rows that have the key of a scope, with its number; those of no scope are left out. */
const numbered = (rows: string) => `SELECT number, by_key.* FROM own JOIN (${rows}) by_key USING (key)`;

const EVENT_DAYS_AGO = Array.from({ length: HAPPENINGS.event.days }, (_, ago) => ago);

/** A figure as an aggregate over contributions, and the aggregate that puts those of groups together. */
interface Aggregate {
  /** As SQL writes it. */
  name: string;
  aggregate: string;
  rollup: 'sum' | 'max';
}

function aggregates(today: string): Aggregate[] {
  const sums = SUMS.map(({ name, value, where }): Aggregate => {
    const over = value === '1' ? 'count(*)' : `sum(${value})`;
    return { name: quoted(name), aggregate: where ? `${over} FILTER (WHERE ${where})` : over, rollup: 'sum' };
  });
  const counts = [...DAY_COUNTS, ...RUNNING_COUNTS].map(({ name, kind, range }): Aggregate => {
    const { day, where } = DAY_KINDS[kind];
    const aggregate = `count(*) FILTER (WHERE ${where} AND ${inRange(day, range(today))})`;
    return { name: quoted(name), aggregate, rollup: 'sum' };
  });
  const latest = LATEST_DAYS.map(({ name, kind }): Aggregate => {
    const { day, where } = DAY_KINDS[kind];
    const aggregate = `max(${day}) FILTER (WHERE ${where} AND ${inRange(day, { to: today })})`;
    return { name: quoted(name), aggregate, rollup: 'max' };
  });
  return [...sums, ...counts, ...latest];
}
