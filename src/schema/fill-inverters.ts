import type { Sql } from '../db/connection.ts';
import { lockedTransaction } from './locked-transaction.ts';

/** 002_projects_2_1.sql, the step that makes null inverter counts 0. */
export const FILLING_STEP = 2;
/** Projects written in one transaction: some 50 ms, and no write of the application waits longer. */
const BATCH = 2_000;

/**
 * Makes the null inverter counts 0, as step 1 of the guide does, but ahead of it and in small transactions. Inside the
 * step the table is locked against everybody, and 100,000 projects took 9.5 s there. A project that the application is
 * writing is left to the step, because waiting for it could deadlock.
 */
export async function fillInverters(
  sql: Sql,
  lockTimeoutMs: number,
  onWait?: (holders: readonly string[]) => void,
  onProgress?: (what: string, done: number, total: number) => void,
): Promise<void> {
  const total = onProgress ? await countNulls(sql) : 0;
  const fillBatch = () =>
    lockedTransaction(
      sql,
      lockTimeoutMs,
      (tx) => tx`
        UPDATE "Projects" SET
          "Inverter125kw" = coalesce("Inverter125kw", 0),
          "Inverter80kw" = coalesce("Inverter80kw", 0),
          "Inverter60kw" = coalesce("Inverter60kw", 0),
          "Inverter40kw" = coalesce("Inverter40kw", 0)
        WHERE "ProjectId" = ANY(ARRAY(
          SELECT "ProjectId" FROM "Projects"
          WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0
          LIMIT ${BATCH} FOR NO KEY UPDATE SKIP LOCKED))`,
      onWait,
    );
  for (let done = 0; ; done += BATCH) {
    if (total > 0) onProgress?.('projects with their inverters counted', done, total);
    if ((await fillBatch()).count < BATCH) return;
  }
}

async function countNulls(sql: Sql): Promise<number> {
  const [{ count }] = await sql<[{ count: number }]>`
    SELECT count(*)::integer FROM "Projects"
    WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0`;
  return count;
}
