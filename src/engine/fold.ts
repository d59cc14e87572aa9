import type { Tx } from '../db/connection.ts';
import { tableOf } from './cell-tables.ts';
import { addToCells, BY_SCOPE } from './cells.ts';
import { CONTRIBUTION, contributionColumns, contributionRows } from './contribution.ts';

/**
 * Recomputes projects from the base tables and adds new minus old to the cells. One that counts for the same as before
 * costs a look-up; one that is gone is taken out.
 *
 * @param today the local date of the documents, `YYYY-MM-DD`
 * @returns the cells that moved, by their `scope`, and whether it is known where all of them count
 */
export async function fold(
  tx: Tx,
  generation: number,
  today: string,
  projectIds: readonly string[],
): Promise<{ cells: string[]; placed: boolean }> {
  const ids = '$1::uuid[]';
  const kept = tableOf('contributions', generation);
  const columns = contributionColumns();
  const rows = await tx.unsafe<{ scope: string; placed: boolean }[]>(
    `WITH new AS (SELECT ${columns} FROM (${contributionRows(today, `p."ProjectId" = ANY(${ids})`)}) now),
    old AS (SELECT ${columns} FROM ${kept} WHERE project_id = ANY(${ids})),
    moved AS (
      SELECT project_id FROM old FULL JOIN new USING (project_id) WHERE old IS DISTINCT FROM new
    ),
    delta AS MATERIALIZED (
      SELECT -1 AS sign, ${contributionColumns('old')} FROM old JOIN moved USING (project_id)
      UNION ALL SELECT 1, ${contributionColumns('new')} FROM new JOIN moved USING (project_id)
    ),
    ${addToCells(generation, today)},
    gone AS (
      DELETE FROM ${kept} WHERE project_id IN (SELECT project_id FROM moved EXCEPT SELECT project_id FROM new)
    ),
    written AS (
      INSERT INTO ${kept} (${columns}) SELECT ${columns} FROM delta WHERE sign = 1
      ON CONFLICT (project_id) DO UPDATE SET ${CONTRIBUTION.map(({ name }) => `${name} = excluded.${name}`).join(', ')}
    )
    SELECT DISTINCT scope, EXISTS (SELECT FROM ${tableOf('places', generation)} WHERE cell = scope) AS placed
    FROM crossing_delta ${BY_SCOPE}`,
    [projectIds as string[]],
    { prepare: true },
  );
  return { cells: rows.map((row) => row.scope), placed: rows.every((row) => row.placed) };
}
