/**
 * Lists: the projects that a figure counts, the worst first, in the snapshot of the document that shows the figure.
 *
 * They are read from the contributions, over indexes that each build creates for them; without cells from all projects,
 * which may be a moment newer than the document.
 */
import { finiteTime, lowerCase } from '../db/columns.ts';
import type { Tx } from '../db/connection.ts';
import { LISTS, type ListName } from '../stats/lists.ts';
import { BY_CELL, tableOf } from './cell-tables.ts';
import { projectFacts } from './contribution.ts';
import { inRange } from './days.ts';
import { DAY_KINDS, FACTS, FIGURES, OPEN } from './figures.ts';
import type { RefreshContext } from './refresh.ts';
import {
  OWN_AUTHORITY,
  OWN_FACILITY,
  OWN_REGION,
  ownAuthority,
  placed,
  regionOrUnknown,
  SCOPES,
} from './scopes.ts';
import { SCOPES_MARK } from './sql/drain-marks.ts';
import { engineTransaction, type Traced } from './transaction.ts';
import { overCells, UnusableCellsError } from './unusable-cells.ts';

export interface ListQuery {
  list: ListName;
  /** The cache key of the scope. */
  key: string;
  /** At most so many items. */
  limit: number;
  /** The list goes on after this project; undefined: it begins with the worst. */
  after: ListCursor | undefined;
}
export interface ListCursor {
  day: string;
  projectId: string;
}

/** A part of a list, beside the document that was kept at that moment. */
export interface ListPage {
  version: number;
  asOf: Date;
  total: number;
  /** Each as JSON text. */
  items: string[];
  /** The last item, where more follow. */
  next: ListCursor | undefined;
}

/**
 * @param options withinMs: of each attempt; default: as engineTransaction
 * @returns undefined where the scope has no valid document
 */
export async function readList(
  ctx: RefreshContext,
  query: ListQuery,
  options: Traced & { withinMs?: number } = {},
): Promise<ListPage | undefined> {
  const { traceId, withinMs } = options;
  const read = (useCells: boolean) =>
    engineTransaction(ctx.sql, ctx.timeZone, { isolation: 'repeatable read', traceId, withinMs }, (tx) =>
      readListIn(tx, query, useCells),
    );
  try {
    return await read(true);
  } catch (error) {
    if (!(error instanceof UnusableCellsError)) throw error;
    return read(false);
  }
}

/** `readList` in the snapshot of a (REPEATABLE READ) transaction that has set TimeZone. @throws UnusableCellsError */
export async function readListIn(tx: Tx, query: ListQuery, useCells: boolean): Promise<ListPage | undefined> {
  const { list, key, limit } = query;
  const [kept] = await tx<
    (Pick<ListPage, 'version' | 'asOf' | 'total'> & { today: string; generation: number })[]
  >`
    SELECT c."Version" AS version, ${tx.unsafe(finiteTime('c."LastCalculated"'))} AS "asOf", to_char(local_date, 'YYYY-MM-DD') AS today,
      -- Until a refresh has taken the mark that a build leaves at its end, documents may be ahead of the new cells.
      CASE WHEN EXISTS (SELECT FROM dashboard_stats.marks WHERE project_id = ${SCOPES_MARK}::uuid) THEN 0
        ELSE generation END AS generation,
      (c."Statistics" #>> ${LISTS[list].figure.split('.')})::integer AS total
    FROM dashboard_stats.state, "DashboardStatsCache" c
    WHERE c."CacheKey" = ${key} AND c."CacheType" IN ('global', 'regional', 'facility') AND c."IsValid"`;
  if (!kept) return undefined;
  const { today, generation, ...document } = kept;
  const rows = await (useCells && generation > 0
    ? overCells(() => items(tx, query, today, fromCells(query, today, generation)))
    : items(tx, query, today, fromProjects(query, today)));
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last && { day: last.day, projectId: last.projectId };
  return { ...document, items: shown.map(({ item }) => item), next };
}

/** The condition and the order of a list, over facts of a project. */
function choice({ list, after }: ListQuery, today: string) {
  const { figure, worst } = LISTS[list];
  const { kind, range } = FIGURES[figure];
  const { day, where } = DAY_KINDS[kind];
  const [beyond, direction] = worst === 'earliest' ? ['>', 'ASC'] : ['<', 'DESC'];
  const place = after ? ` AND (${day}, project_id) ${beyond} ($3::date, $4::uuid)` : '';
  return {
    day,
    where: `${where} AND ${inRange(day, range(today))}${place}`,
    order: `${day} ${direction}, project_id ${direction} LIMIT $2`,
  };
}

const FACT_NAMES = Object.keys(FACTS).join(', ');

/** One look-up in an index for each cell of the scope. Every project is in one cell of a facility type, or of none. */
function fromCells(query: ListQuery, today: string, generation: number): string {
  const { where, order } = choice(query, today);
  const axis = query.key.startsWith('region:') ? 'region' : 'facility';
  const ofScope = query.key === 'global' ? `type = 'facility' AND $1::text IS NOT NULL` : 'key = $1';
  return `
    listed AS (
      SELECT c.* FROM ${tableOf('places', generation)} place CROSS JOIN LATERAL (
        SELECT project_id, ${FACT_NAMES} FROM ${tableOf('contributions', generation)}
        WHERE ${BY_CELL[axis]} = cell AND ${where} ORDER BY ${order}
      ) c WHERE ${ofScope} ORDER BY ${order}
    )`;
}

function fromProjects(query: ListQuery, today: string): string {
  const { where, order } = choice(query, today);
  return `
    listed AS (
      SELECT project_id, ${FACT_NAMES} FROM (${placed(projectFacts(), ['project_id', ...Object.keys(FACTS)])}) c
      WHERE $1::text IN ('global', 'region:' || region, 'facility:' || facility) AND ${where} ORDER BY ${order}
    )`;
}

/** Days late count to the end of a project that is completed, and to today while it is open. */
async function items(tx: Tx, query: ListQuery, today: string, listed: string) {
  const { key, limit, after } = query;
  const { day, order } = choice(query, today);
  const date = (fact: string) => `to_char(${fact}, 'YYYY-MM-DD')`;
  const late = `(CASE WHEN status = 2 THEN ended_on WHEN ${OPEN} THEN DATE '${today}' END - due_on)`;
  return tx.unsafe<{ item: string; day: string; projectId: string }[]>(
    `WITH ${SCOPES}, ${listed}
    SELECT ${date(day)} AS day, project_id AS "projectId", row_to_json(item)::text AS item
    FROM listed LEFT JOIN "Projects" p ON p."ProjectId" = project_id
    LEFT JOIN region r ON r.match = ${lowerCase(OWN_REGION)} LEFT JOIN facility f ON f.match = ${lowerCase(OWN_FACILITY)}
    CROSS JOIN LATERAL (
      SELECT project_id AS "projectId", p."ProjectName" AS name, p."Province" AS province,
        ${regionOrUnknown('r.name')} AS region, f.name AS "facilityType",
        coalesce(${ownAuthority(OWN_AUTHORITY)}, f.authority) AS authority, p."Team" AS team,
        (ARRAY['planning', 'inProgress', 'completed', 'onHold', 'cancelled'])[status + 1] AS status,
        trim_scale(completion) AS completion,
        ${date('starts_on')} AS start, ${date('due_on')} AS due, ${date('ended_on')} AS end,
        CASE WHEN ${late} > 0 THEN ${late} END AS "daysLate",
        CASE WHEN ${OPEN} AND ${late} <= 0 THEN -${late} END AS "daysLeft",
        ${date('active_on')} AS "lastActivity"
    ) item
    ORDER BY ${order}`,
    [key, limit + 1, ...(after ? [after.day, after.projectId] : [])],
  );
}
