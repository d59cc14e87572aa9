/**
 * The oracle against what is kept, in one snapshot and without the lock: nobody waits for an audit. It changes no
 * document; what differs is marked, and the next refresh repairs it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tx } from '../db/connection.ts';
import { tableOf } from './cell-tables.ts';
import { CONTRIBUTION, contributionColumns, contributionRows } from './contribution.ts';
import { evaluate } from './evaluate.ts';
import { HAPPENINGS } from './figures.ts';
import { type RefreshContext, refuseNewerSchema } from './refresh.ts';
import { scan } from './scan.ts';
import { takeOutOfUse } from './sql/builds.ts';
import { SCOPES_MARK } from './sql/drain-marks.ts';
import { wasRewritten } from './sql/files.ts';
import { allowLongStatements, engineTransaction, SerializationConflictError } from './transaction.ts';
import { overCells, UnusableCellsError } from './unusable-cells.ts';

export interface AuditReport {
  /** Projects whose contribution is not what the base tables say. At most REPORTED of them. */
  projects: string[];
  /** Documents that differ from the oracle, with both values as jsonb text; null where there is none. */
  documents: { key: string; kept: string | null; oracle: string | null }[];
  /** Projects with marks, which were left out; 0 where the oracle could be asked for every document. */
  leftOut: number;
}

/** So many projects are named. */
const REPORTED = 1_000;
/** A snapshot without marks is waited for: only in one the oracle can be asked for documents. */
const ATTEMPTS = 60;
const LONGEST_PAUSE_MS = 50;

/**
 * Under constant writes there is no snapshot without marks. Then the projects without one are compared, and the documents
 * with what the cells of the same snapshot give.
 *
 * @returns undefined when that is not possible either: there are no cells, or a mark stands for all projects
 * @throws SupersededError where newer nodes keep documents of another shape
 */
export async function audit(ctx: RefreshContext): Promise<AuditReport | undefined> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const report = await auditOnce(ctx, false);
    if (report) return report;
    await sleep(Math.random() * LONGEST_PAUSE_MS);
  }
  return auditOnce(ctx, true);
}

async function auditOnce({ sql, timeZone }: RefreshContext, amidChanges: boolean) {
  let generation = 0;
  try {
    return await engineTransaction(sql, timeZone, { isolation: 'repeatable read' }, async (tx) => {
      const [state] = await tx<
        [{ generation: number; schemaVersion: number; today: string | null; marked: number; all: boolean }]
      >`
        SELECT generation, schema_version AS "schemaVersion", local_date::text AS today,
          (SELECT count(DISTINCT project_id) + count(*) FILTER (WHERE project_id IS NULL) FROM dashboard_stats.marks) AS marked,
          EXISTS (SELECT FROM dashboard_stats.marks WHERE project_id IS NULL OR project_id = ${SCOPES_MARK}) AS all
        FROM dashboard_stats.state`;
      refuseNewerSchema(state.schemaVersion);
      const { today, marked, all } = state;
      generation = state.generation;
      if (today === null || (marked > 0 && (!amidChanges || all || generation === 0))) return undefined;
      await allowLongStatements(tx);
      return compare(tx, generation, today, marked);
    });
  } catch (error) {
    if (!(error instanceof UnusableCellsError)) throw error;
    // Or a build has dropped them meanwhile, and others are in use.
    await takeOutOfUse(sql, generation);
    return undefined;
  }
}

/** @param marked how many projects have marks */
async function compare(tx: Tx, generation: number, today: string, marked: number): Promise<AuditReport> {
  const projects = generation === 0 ? [] : await overCells(() => differingProjects(tx, generation, today));
  const computed =
    marked > 0 ? await overCells(() => evaluate(tx, generation, today, undefined)) : await scan(tx, today);
  const changed = computed.filter((document) => document.changed);
  const kept = await tx<{ key: string; statistics: string }[]>`
    SELECT "CacheKey" AS key, "Statistics"::text AS statistics FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" = ANY(${changed.map((d) => d.key)}::text[])`;
  const documents = changed.map(({ key, statistics }) => ({
    key,
    kept: kept.find((row) => row.key === key)?.statistics ?? null,
    oracle: statistics,
  }));
  if (await wasRewritten(tx)) throw new SerializationConflictError();
  // Not the projects alone: a fold takes what is kept of a project out of the cells, so where the two do not agree it
  // would spoil documents that are right, and it would leave those of other scopes as they are.
  if (projects.length > 0 || documents.length > 0) {
    await tx`INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL)`;
  }
  return { projects, documents, leftOut: marked };
}

/** A contribution as a row, without the days that have left their window: they may linger in a kept one, and count nothing. */
function comparable(of: string, today: string): string {
  const happened = Object.entries(HAPPENINGS).map(
    ([kind, { days }]) => `
    (SELECT (coalesce(array_agg(day ORDER BY day), '{}'), coalesce(array_agg(n ORDER BY day), '{}'))
     FROM unnest(${of}.${kind}_days, ${of}.${kind}_totals) AS e (day, n) WHERE day > DATE '${today}' - ${days})`,
  );
  const facts = CONTRIBUTION.filter(({ type }) => !type.endsWith('[]')).map(({ name }) => `${of}.${name}`);
  return `ROW(${[...facts, ...happened].join(', ')})`;
}

async function differingProjects(tx: Tx, generation: number, today: string): Promise<string[]> {
  const columns = contributionColumns();
  const rows = await tx.unsafe<{ id: string }[]>(`
    WITH fresh AS (SELECT ${columns} FROM (${contributionRows(today)}) everything),
    kept AS (SELECT ${columns} FROM ${tableOf('contributions', generation)})
    SELECT project_id AS id FROM fresh FULL JOIN kept USING (project_id)
    WHERE project_id NOT IN (SELECT project_id FROM dashboard_stats.marks WHERE project_id IS NOT NULL)
      -- Whole rows first: to look into the days of each takes longer.
      AND fresh IS DISTINCT FROM kept AND ${comparable('fresh', today)} IS DISTINCT FROM ${comparable('kept', today)}
    LIMIT ${REPORTED}`);
  return rows.map(({ id }) => id);
}
