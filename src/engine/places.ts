/**
 * Where each cell counts: a table of each generation, so that a refresh matches no names. It is written again before every document
 * is computed, as after a change of a region or facility type, and when a project is the first with some text.
 */
import type { Tx } from '../db/connection.ts';
import { tableOf } from './cell-tables.ts';
import { regionOrUnknown, SCOPES } from './scopes.ts';

/** The cells of one kind that there are, those of scopes without a project too. */
const cellsOf = (kind: 'region' | 'facility', totals: string) => `(
  SELECT '${kind}' AS cell UNION SELECT '${kind}:' || match FROM ${kind}
  UNION SELECT scope FROM ${totals} WHERE scope LIKE '${kind}:%'
) c LEFT JOIN ${kind} ON cell = '${kind}:' || match`;

export async function writePlaces(tx: Tx, generation: number): Promise<void> {
  const places = tableOf('places', generation);
  const totals = tableOf('totals', generation);
  await tx.unsafe(`DELETE FROM ${places}`);
  await tx.unsafe(`
    WITH ${SCOPES},
    cell AS (
      SELECT 'global' AS cell, 'global' AS type, 'global' AS name, NULL AS authority
      UNION ALL SELECT cell, 'regional', ${regionOrUnknown('region.name')}, NULL FROM ${cellsOf('region', totals)}
      UNION ALL SELECT cell, 'facility', name, authority FROM ${cellsOf('facility', totals)}
    )
    INSERT INTO ${places} (cell, type, number, key, id, display_name, json_name, authority, alone, main)
    SELECT cell, type, dense_rank() OVER (ORDER BY type, coalesce(name, 'unassigned') COLLATE "C", key IS NULL), key, id, display_name,
      to_json(coalesce(name, 'unassigned'))::text, authority,
      count(*) OVER (PARTITION BY type, name) = 1, row_number() OVER (PARTITION BY type, name ORDER BY cell) = 1
    FROM cell LEFT JOIN scope USING (type, name)`);
}
