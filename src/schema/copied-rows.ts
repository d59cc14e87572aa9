/** pg_dump and pg_restore do not say how far they are; from version 14 on PostgreSQL says it of the COPY that runs. */
import type { Db } from '../db/connection.ts';
import { CELL_TABLES } from '../engine/cell-tables.ts';

const EVERY_MS = 500;

export type OnRows = (done: number, total: number) => void;

/** About as many as a dump has, by the statistics of the planner. */
export async function rowsToCopy(sql: Db): Promise<number> {
  const [{ rows }] = await sql<[{ rows: number }]>`
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::float8 AS rows FROM pg_class
    WHERE relkind = 'r' AND relnamespace <> 'pg_catalog'::regnamespace AND relname !~ ${`^(${CELL_TABLES.join('|')})_\\d+$`}`;
  return Math.round(rows);
}

/**
 * Tells while `work` runs how many rows were copied out of a database, or into it. A table that is copied between two looks is not counted.
 *
 * @param sql of any database of the server
 */
export async function followCopies<T>(
  sql: Db,
  database: string,
  { total, onRows }: { total: number; onRows: OnRows | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const copied = new Map<number, number>();
  const look = async () => {
    const found = await sql<{ table: number; rows: number }[]>`
      SELECT relid::integer AS table, tuples_processed::float8 AS rows FROM pg_stat_progress_copy WHERE datname = ${database}`;
    for (const { table, rows } of found) copied.set(table, rows);
    if (copied.size > 0)
      onRows?.(
        [...copied.values()].reduce((sum, rows) => sum + rows, 0),
        total,
      );
  };
  const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS);
  return work().finally(() => clearInterval(timer));
}
