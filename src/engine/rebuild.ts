import type { Tx } from '../db/connection.ts';
import { addToCells, CHANGE_DAYS, CONTRIBUTION_COLUMNS, EVENT_DAYS } from './cells.ts';
import { contributionRows } from './fold.ts';
import { SCOPES } from './scopes.ts';

const TABLES = ['contributions', 'totals', 'days', 'provinces', 'crossings'];

/**
 * Makes every contribution and every cell anew, in the generation that is not in use, from the snapshot of the
 * transaction. It counts from the commit that says so in the state row.
 *
 * @returns the generation that is complete now
 */
export async function rebuild(tx: Tx, current: number, today: string): Promise<number> {
  const generation = current === 1 ? 2 : 1;
  await tx.unsafe(`TRUNCATE ${TABLES.map((table) => `dashboard_stats.${table}_${generation}`).join(', ')}`);
  await tx.unsafe(`
    WITH ${SCOPES}
    INSERT INTO dashboard_stats.contributions (generation, ${CONTRIBUTION_COLUMNS})
    SELECT ${generation}, * FROM (${contributionRows(today)}) everything`);
  await tx.unsafe(`
    WITH delta AS NOT MATERIALIZED (
      SELECT 1 AS sign, ${CONTRIBUTION_COLUMNS} FROM dashboard_stats.contributions WHERE generation = ${generation}
    ),
    ${addToCells(generation, today)}
    SELECT 1`);
  return generation;
}

/** Takes out of the cells what no document will ever show again: empty ones, and days that have left their window. */
export async function dropPastCells(tx: Tx, generation: number, today: string): Promise<void> {
  await tx`
    DELETE FROM dashboard_stats.days
    WHERE generation = ${generation}
      AND (n = 0 OR kind = 'event' AND day <= ${today}::date - ${EVENT_DAYS}::integer
        OR kind = 'change' AND day <= ${today}::date - ${CHANGE_DAYS}::integer)`;
}
