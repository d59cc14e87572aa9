import type { Tx } from '../db/connection.ts';
import type { Check } from './check.ts';
import { errorCode } from './migration-failure.ts';

/**
 * Looks in a savepoint: where the server refuses (a missing right, a table of another shape), that becomes a check of
 * its own, and the looks after it go on. Errors of the connection pass through.
 */
export async function attempt(tx: Tx, name: string, look: () => Promise<Check | Check[]>): Promise<Check[]> {
  await tx`SAVEPOINT look`;
  try {
    return [await look()].flat();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    await tx`ROLLBACK TO SAVEPOINT look`;
    return [{ name, status: 'failed', detail: `It could not be looked at: ${(error as Error).message}.` }];
  } finally {
    await tx`RELEASE SAVEPOINT look`;
  }
}
