/**
 * The oracle against what is kept, in one snapshot and without the lock: nobody waits for an audit. It changes no
 * document; what differs is marked, and the next refresh mends it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../db/connection.ts';
import { CHANGE_DAYS, CONTRIBUTION_COLUMNS, EVENT_DAYS } from './cells.ts';
import { evaluate } from './evaluate.ts';
import { contributionRows } from './fold.ts';
import type { RefreshContext } from './refresh.ts';
import { scan } from './scan.ts';
import { SCOPES_MARK } from './sql/drain-marks.ts';
import { isTorn } from './sql/rewritten.ts';
import { allowLongStatements, engineTransaction, SerializationConflictError } from './transaction.ts';

export interface AuditReport {
  /** Projects whose contribution is not what the base tables say. At most REPORTED of them. */
  projects: string[];
  /** Documents that differ from the oracle, with both values as jsonb text; null where there is none. */
  documents: { key: string; kept: string | null; oracle: string | null }[];
  /** Projects with marks, which were left out; 0 where the oracle could be asked for every document. */
  leftOut: number;
}

/** Names of this many projects are told. */
const REPORTED = 1_000;
/** A snapshot without marks is waited for: only in one the oracle can be asked for documents. */
const ATTEMPTS = 60;
const LONGEST_PAUSE_MS = 50;

/**
 * Under constant writes there is no snapshot without marks. Then the projects without one are compared, and the documents
 * with what the cells of the same snapshot give.
 *
 * @returns undefined when that is not possible either: there are no cells, or a mark stands for all projects
 */
export async function audit(ctx: RefreshContext): Promise<AuditReport | undefined> {
  for (let attempt = 1; ; attempt++) {
    const amidChanges = attempt > ATTEMPTS;
    const report = await engineTransaction(
      ctx.sql,
      ctx.timeZone,
      { isolation: 'repeatable read' },
      async (tx) => {
        const [state] = await tx<
          [{ generation: number; today: string | null; marked: number; all: boolean }]
        >`
          SELECT generation, local_date::text AS today,
            (SELECT count(DISTINCT project_id) + count(*) FILTER (WHERE project_id IS NULL) FROM dashboard_stats.marks) AS marked,
            EXISTS (SELECT FROM dashboard_stats.marks WHERE project_id IS NULL OR project_id = ${SCOPES_MARK}) AS all
          FROM dashboard_stats.state`;
        const { generation, today, marked, all } = state;
        if (today === null || (marked > 0 && (!amidChanges || all || generation === 0))) return undefined;
        await allowLongStatements(tx);
        return compare(tx, { generation, today, marked });
      },
    );
    if (report || amidChanges) return report;
    await sleep(Math.random() * LONGEST_PAUSE_MS);
  }
}

async function compare(
  tx: Tx,
  { generation, today, marked }: { generation: number; today: string; marked: number },
): Promise<AuditReport> {
  const projects = generation === 0 ? [] : await differingProjects(tx, generation, today);
  const computed = marked > 0 ? await evaluate(tx, generation, today, undefined) : await scan(tx, today);
  const changed = computed.filter((document) => document.changed);
  const kept = await tx<{ key: string; statistics: string }[]>`
    SELECT "CacheKey" AS key, "Statistics"::text AS statistics FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" = ANY(${changed.map((d) => d.key)}::text[])`;
  const documents = changed.map(({ key, statistics }) => ({
    key,
    kept: kept.find((row) => row.key === key)?.statistics ?? null,
    oracle: statistics,
  }));
  if (await isTorn(tx)) throw new SerializationConflictError();
  // Not the projects alone: a fold takes what is kept of a project out of the cells, so where the two do not agree it
  // would spoil documents that are right, and it would leave those of other scopes as they are.
  if (projects.length > 0 || documents.length > 0) {
    await tx`INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL)`;
  }
  return { projects, documents, leftOut: marked };
}

/** Days that have left their window may linger in a kept contribution; they count nothing. */
const inWindow = (days: string, totals: string, today: string, window: number) => `
  (SELECT (coalesce(array_agg(day ORDER BY day), '{}'), coalesce(array_agg(n ORDER BY day), '{}'))
   FROM unnest(${days}, ${totals}) AS e (day, n) WHERE day > DATE '${today}' - ${window})`;

async function differingProjects(tx: Tx, generation: number, today: string): Promise<string[]> {
  const same = CONTRIBUTION_COLUMNS.split(', ').filter((column) => !/^(event|change)_/.test(column));
  const row = (table: string) => `ROW(${same.map((column) => `${table}.${column}`).join(', ')})`;
  const lately = (table: string) => `
    ROW(${inWindow(`${table}.event_days`, `${table}.event_totals`, today, EVENT_DAYS)},
        ${inWindow(`${table}.change_days`, `${table}.change_totals`, today, CHANGE_DAYS)})`;
  const rows = await tx.unsafe<{ id: string }[]>(`
    WITH fresh AS (${contributionRows(today)}),
    kept AS (SELECT ${CONTRIBUTION_COLUMNS} FROM dashboard_stats.contributions WHERE generation = ${generation})
    SELECT project_id AS id FROM fresh FULL JOIN kept USING (project_id)
    WHERE project_id NOT IN (SELECT project_id FROM dashboard_stats.marks WHERE project_id IS NOT NULL)
      AND (${row('fresh')} IS DISTINCT FROM ${row('kept')}
      OR (fresh.event_days, fresh.change_days, fresh.event_totals, fresh.change_totals)
           IS DISTINCT FROM (kept.event_days, kept.change_days, kept.event_totals, kept.change_totals)
         AND ${lately('fresh')} IS DISTINCT FROM ${lately('kept')})
    LIMIT ${REPORTED}`);
  return rows.map(({ id }) => id);
}
