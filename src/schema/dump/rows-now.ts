import { connect, type Sql } from '../../db/connection.ts';
import { TABLES } from './original-functionality.ts';

/**
 * How many rows each of the application's tables has now, before a dump takes its place; the check of what was restored
 * tells the same of the dump. null where that cannot be told: the table is gone or locked, which may be why somebody goes
 * back.
 */
export async function countRowsNow(url: string, signal: AbortSignal): Promise<Record<string, number | null>> {
  const sql = connect(url, { max: 1, signal });
  try {
    await sql`SET lock_timeout = '2s'`;
    const rows: [string, number | null][] = [];
    for (const table of TABLES) rows.push([table, await count(sql, table)]);
    return Object.fromEntries(rows);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function count(sql: Sql, table: string): Promise<number | null> {
  try {
    const [{ rows }] = await sql<[{ rows: number }]>`SELECT count(*) AS rows FROM ${sql(table)}`;
    return rows;
  } catch {
    return null;
  }
}
