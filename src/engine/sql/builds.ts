import type { Db, Tx } from '../../db/connection.ts';
import { SCOPES_MARK } from './drain-marks.ts';

/** A build of cells under way. */
export interface Build {
  /** The number of the build, and of the tables that it fills. */
  generation: number;
  /** The local date of the documents, `YYYY-MM-DD`. */
  today: string;
}

/** Notes that a build begins; from its commit on, refreshes set their marks aside. Call it under the lock of the state row. */
export async function beginBuild(tx: Tx): Promise<Build | undefined> {
  await tx`DELETE FROM dashboard_stats.late_marks`;
  const [build] = await tx<Build[]>`
    UPDATE dashboard_stats.state SET builds = builds + 1, building = true
    WHERE local_date IS NOT NULL
    RETURNING builds AS generation, local_date::text AS today`;
  return build;
}

/**
 * Keeps other builds away until the transaction ends. A lock and no flag: it goes with whoever is killed, and, being of
 * the transaction, works behind a pooler.
 *
 * @returns false while another build is under way
 */
export async function lockBuild(tx: Tx): Promise<boolean> {
  const [{ locked }] = await tx<[{ locked: boolean }]>`
    SELECT pg_try_advisory_xact_lock('dashboard_stats.late_marks'::regclass::oid::bigint) AS locked`;
  return locked;
}

/**
 * Puts what was built to use, and hands the marks set aside meanwhile to the next refresh, which computes every document:
 * the build may have seen changes that the documents have not, and to a fold they look like nothing new. Call it under
 * the lock of the state row.
 *
 * @returns false when a recompute came in between, or another build began
 */
export async function finishBuild(tx: Tx, { generation, today }: Build): Promise<boolean> {
  const used = await tx`
    UPDATE dashboard_stats.state SET generation = ${generation}, cells_day = ${today}, building = false
    WHERE building AND builds = ${generation} RETURNING 1`;
  if (used.length === 0) return false;
  await tx`
    WITH late AS (DELETE FROM dashboard_stats.late_marks RETURNING project_id)
    INSERT INTO dashboard_stats.marks (project_id)
    SELECT DISTINCT project_id FROM late UNION SELECT ${SCOPES_MARK}::uuid`;
  return true;
}

/** Takes the cells of a generation out of use, if they are in use. */
export async function takeOutOfUse(sql: Db, generation: number): Promise<void> {
  await sql`UPDATE dashboard_stats.state SET generation = 0 WHERE generation = ${generation}`;
}
