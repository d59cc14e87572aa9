import type { Tx } from '../db/connection.ts';
import type { Check } from './check.ts';
import { describeLockHolders } from './lock-holders.ts';
import { errorCode, LOCK_NOT_AVAILABLE } from './migration-failure.ts';

/**
 * Checks in a savepoint: where the server refuses (a missing right, a table of another shape), that becomes a check of
 * its own, and those after it go on. Errors of the connection pass through.
 */
export async function attempt(tx: Tx, name: string, check: () => Promise<Check | Check[]>): Promise<Check[]> {
  await tx`SAVEPOINT one_check`;
  try {
    return [await check()].flat();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    await tx`ROLLBACK TO SAVEPOINT one_check`;
    const detail = `It could not be checked: ${(error as Error).message}.`;
    if (errorCode(error) !== LOCK_NOT_AVAILABLE) return [{ name, status: 'failed', detail }];
    const holders = await describeLockHolders(tx);
    const advice = 'Wait for that transaction to end, or end it: SELECT pg_terminate_backend(PID);';
    return [{ name, status: 'failed', detail: [detail, ...holders].join('\n'), advice }];
  } finally {
    await tx`RELEASE SAVEPOINT one_check`;
  }
}
