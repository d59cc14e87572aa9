import type { Tx } from '../../db/connection.ts';

/**
 * An SQL condition: a table that figures come from was truncated, rewritten or replaced since the snapshot of this
 * transaction. A snapshot does not hold back what TRUNCATE removes, so what was read may be of two moments. (pg_class is
 * read in the snapshot, pg_relation_filenode() says what is there now; a partitioned table or a view has no file.)
 */
export const REWRITTEN = `EXISTS (
  SELECT FROM unnest(ARRAY['"Projects"', '"ProjectActivityFeed"', '"ProjectStatusHistory"', '"ProjectRegions"',
    '"WaterFacilityTypes"']::regclass[]) AS read (id)
  LEFT JOIN pg_class ON oid = id AND relfilenode = coalesce(pg_relation_filenode(id), 0)
  WHERE oid IS NULL)`;

/** See REWRITTEN. */
export async function wasRewritten(tx: Tx): Promise<boolean> {
  const [row] = await tx.unsafe<[{ rewritten: boolean }]>(`SELECT ${REWRITTEN} AS rewritten`);
  return row.rewritten;
}
