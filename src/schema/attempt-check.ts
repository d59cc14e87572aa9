import type { Tx } from '../db/connection.ts';
import { AppError } from '../errors.ts';
import { type Check, check } from './check.ts';
import { errorCode } from './migration-failure.ts';

/**
 * Checks in a savepoint: where the server refuses (a missing right, a table of another shape), that becomes a check of
 * its own, and those after it go on. Errors of the connection pass through.
 */
export async function attemptCheck(
  tx: Tx,
  name: string,
  work: () => Promise<Check | Check[]>,
): Promise<Check[]> {
  await tx`SAVEPOINT one_check`;
  try {
    return [await work()].flat();
  } catch (error) {
    if (error instanceof AppError) return [check(name, 'failed', error.message, { advice: error.help })];
    if (errorCode(error) === undefined) throw error;
    await tx`ROLLBACK TO SAVEPOINT one_check`;
    return [check(name, 'failed', `It could not be checked: ${(error as Error).message}.`)];
  } finally {
    await tx`RELEASE SAVEPOINT one_check`;
  }
}
