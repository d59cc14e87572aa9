/**
 * Which files the tables that figures come from consist of. TRUNCATE and what rewrites a table give it another file; ATTACH,
 * DETACH and DROP of a partition change the list. None of them fires a trigger of the table that is partitioned (docs/adr/016).
 *
 * The list has a hash of the columns as well, since a column may be replaced by another without rewriting the table; and the versions of
 * our triggers' rows: who switches a trigger off and on again in one transaction, or while no node runs, leaves nothing else behind.
 */
import type { Tx } from '../../db/connection.ts';
import { TABLES, TRIGGERS } from './trigger-state.ts';

const IDS = `ARRAY[${TABLES.map((table) => `'"${table}"'`).join(', ')}]::regclass[]`;
const EACH_TABLE = `unnest(${IDS})`;
const LIST = `concat_ws(' ', string_agg(id || ':' || file, ' ' ORDER BY id),
  (SELECT sum(hashtextextended(attname::text, attnum)) FROM pg_attribute WHERE attrelid = ANY(${IDS}) AND NOT attisdropped),
  (SELECT string_agg(xmin::text, ' ' ORDER BY oid) FROM pg_trigger
    WHERE tgname IN (${TRIGGERS.map((trigger) => `'${trigger}'`).join(', ')})))`;

/** An SQL expression: the files in the snapshot of this transaction. */
export const FILES = `(
  WITH RECURSIVE part (id, file) AS (
    SELECT id::oid, relfilenode FROM ${EACH_TABLE} AS read (id) JOIN pg_class ON oid = id
    UNION ALL
    SELECT inhrelid, relfilenode FROM part JOIN pg_inherits ON inhparent = id
      JOIN pg_class ON oid = inhrelid AND relispartition
  )
  SELECT ${LIST} FROM part)`;

/** The same as they are now: these functions do not look into the snapshot. */
const FILES_NOW = `(
  SELECT ${LIST} FROM (
    SELECT id, coalesce(pg_relation_filenode(id), 0) AS file
    FROM ${EACH_TABLE} AS read (table_id)
    LEFT JOIN LATERAL pg_partition_tree(table_id) ON true
    CROSS JOIN LATERAL (SELECT coalesce(relid, table_id)::oid AS id) part
  ) parts)`;

/**
 * An SQL condition: a table was truncated, rewritten or replaced, or a partition came or went, since the snapshot of this
 * transaction. A snapshot does not hold back what TRUNCATE removes, so what was read may be of two moments.
 *
 * @param files an SQL expression: FILES, or what it gave in this transaction
 */
export const rewrittenSince = (files: string) => `${files} IS DISTINCT FROM ${FILES_NOW}`;

/** See rewrittenSince. */
export async function wasRewritten(tx: Tx): Promise<boolean> {
  const [row] = await tx.unsafe<[{ rewritten: boolean }]>(`SELECT ${rewrittenSince(FILES)} AS rewritten`);
  return row.rewritten;
}
