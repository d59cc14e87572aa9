import type { Tx } from '../db/connection.ts';
import { AppError } from '../errors.ts';
import type { Check } from './check.ts';
import { errorCode } from './migration-failure.ts';

/**
 * Checks in a savepoint: where the server refuses (a missing right, a table of another shape), that becomes a check of
 * its own, and those after it go on. Errors of the connection pass through.
 */
export async function attemptCheck(
  tx: Tx,
  name: string,
  check: () => Promise<Check | Check[]>,
): Promise<Check[]> {
  await tx`SAVEPOINT one_check`;
  try {
    return [await check()].flat();
  } catch (error) {
    if (error instanceof AppError) {
      const { message: detail, help: advice } = error;
      return [{ name, status: 'failed', detail, ...(advice ? { advice } : {}) }];
    }
    if (errorCode(error) === undefined) throw error;
    await tx`ROLLBACK TO SAVEPOINT one_check`;
    return [{ name, status: 'failed', detail: `It could not be checked: ${(error as Error).message}.` }];
  } finally {
    await tx`RELEASE SAVEPOINT one_check`;
  }
}
