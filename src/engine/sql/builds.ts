import type { Tx } from '../../db/connection.ts';
import { SCOPES_MARK } from './drain-marks.ts';

/** A build of cells under way. */
export interface Build {
  number: number;
  /** The one that it fills. Builds take turns, so it is not the one that was in use last, which may still be read. */
  generation: number;
  /** The local date of the documents, `YYYY-MM-DD`. */
  today: string;
}

const generationOf = (build: number) => (build % 2) + 1;

/**
 * Notes that a build begins; from its commit on, refreshes set their marks aside. Call it under the lock of the state row.
 *
 * @throws 55P03 while another build is under way
 */
export async function beginBuild(tx: Tx): Promise<Build | undefined> {
  const [last] = await tx<[{ number: number }]>`SELECT builds AS number FROM dashboard_stats.state`;
  await lockGeneration(tx, generationOf(last.number));
  await tx`DELETE FROM dashboard_stats.late_marks`;
  const [build] = await tx<{ number: number; today: string }[]>`
    UPDATE dashboard_stats.state SET builds = builds + 1, building = true
    WHERE local_date IS NOT NULL
    RETURNING builds AS number, local_date::text AS today`;
  return build && { ...build, generation: generationOf(build.number) };
}

/**
 * Keeps other builds away until the transaction ends; readers are not kept away. A lock and no flag: it goes with
 * whoever is killed.
 *
 * @throws 55P03 when a build holds it
 */
export async function lockGeneration(tx: Tx, generation: number): Promise<void> {
  await tx.unsafe(`LOCK TABLE dashboard_stats.contributions_${generation} IN EXCLUSIVE MODE NOWAIT`);
}

/**
 * Puts what was built to use, and hands the marks set aside meanwhile to the next refresh, which computes every document:
 * the build may have seen changes that the documents have not, and to a fold they look like nothing new. Call it under
 * the lock of the state row.
 *
 * @returns false when a refresh that takes nothing for true came in between, or another build began
 */
export async function finishBuild(tx: Tx, { number, generation }: Build): Promise<boolean> {
  const used = await tx`
    UPDATE dashboard_stats.state SET generation = ${generation}, building = false
    WHERE building AND builds = ${number} RETURNING 1`;
  if (used.length === 0) return false;
  await tx`
    WITH late AS (DELETE FROM dashboard_stats.late_marks RETURNING project_id)
    INSERT INTO dashboard_stats.marks (project_id)
    SELECT DISTINCT project_id FROM late UNION SELECT ${SCOPES_MARK}::uuid`;
  return true;
}
