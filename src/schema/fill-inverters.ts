import type { Sql, Tx } from '../db/connection.ts';
import { lockedTransaction } from './locked-transaction.ts';

/** 002_projects_2_1.sql, the step that makes null inverter counts 0. */
export const FILLING_STEP = 2;
/** Projects read in one transaction: some 50 ms, and no write of the application waits longer. */
const BATCH = 2_000;

/**
 * Makes the null inverter counts 0, as step 1 of the guide does, but ahead of it and in small transactions. Inside the
 * step the table is locked against everybody, and 100,000 projects took 9.5 s there. What the application writes
 * meanwhile is left to the step.
 */
export async function fillInverters(
  sql: Sql,
  lockTimeoutMs: number,
  onWait?: (holders: readonly string[]) => void,
): Promise<void> {
  let last: string | null = null;
  do {
    const after: string | null = last;
    last = await lockedTransaction(sql, lockTimeoutMs, (tx) => fillBatch(tx, after), onWait);
  } while (last !== null);
}

/** Returns the key to go on after; null when there is none. */
async function fillBatch(tx: Tx, after: string | null): Promise<string | null> {
  // A new database has no table yet.
  const [table] = await tx`SELECT to_regclass('"Projects"') AS projects`;
  if (table?.['projects'] === null) return null;
  const statement = fillStatement(after === null);
  const [batch] = await tx.unsafe<[{ last: string | null }]>(statement, after === null ? [] : [after]);
  return batch.last;
}

/** One batch: the first, or the one after the key `$1`. A project with an open write is left to the step. */
export function fillStatement(first: boolean): string {
  // Waiting for it could deadlock with them.
  return `WITH batch AS (
  SELECT "ProjectId" FROM "Projects"${first ? '' : ' WHERE "ProjectId" > $1'}
  ORDER BY "ProjectId" LIMIT ${BATCH}
), free AS (
  SELECT "ProjectId" FROM "Projects" JOIN batch USING ("ProjectId")
  WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0
  FOR NO KEY UPDATE OF "Projects" SKIP LOCKED
), filled AS (
  UPDATE "Projects" p SET
    "Inverter125kw" = coalesce("Inverter125kw", 0),
    "Inverter80kw" = coalesce("Inverter80kw", 0),
    "Inverter60kw" = coalesce("Inverter60kw", 0),
    "Inverter40kw" = coalesce("Inverter40kw", 0)
  FROM free WHERE p."ProjectId" = free."ProjectId"
)
SELECT (SELECT "ProjectId" FROM batch ORDER BY "ProjectId" DESC LIMIT 1) AS last;`;
}
