import { type FailureKind, failureKind } from '../db/failures.ts';

/**
 * Cells are only a copy: where a statement over them fails for what the tables are, they are taken out of use, documents
 * are scanned, and a build creates others. One rule for a table, column, key or right that somebody took away, whatever
 * it was.
 */
export class UnusableCellsError extends Error {
  constructor(cause: unknown) {
    super('A statement over the tables of cells failed.', { cause });
    this.name = 'UnusableCellsError';
  }
}

/** Where the base tables are to blame, the scan that follows fails with the same. */
const OF_TABLES: readonly unknown[] = ['missing', 'unfit', 'forbidden', 'badRow'] satisfies FailureKind[];

/** @throws UnusableCellsError where `work`, which reads or writes cells, failed for what their tables are */
export async function overCells<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error) => {
    throw OF_TABLES.includes(failureKind(error)) ? new UnusableCellsError(error) : error;
  });
}
