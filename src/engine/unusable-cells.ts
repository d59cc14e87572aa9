import { failureKind } from '../db/failures.ts';

/**
 * Cells are only a copy: where a statement over them fails for what the tables are (a table, column, key or right that
 * somebody took away), they are taken out of use, documents are scanned, and a build creates others.
 */
export class UnusableCellsError extends Error {}

/**
 * Where the base tables are to blame, the scan that follows fails with the same.
 *
 * @throws UnusableCellsError where `work`, which reads or writes cells, failed for what their tables are
 */
export async function overCells<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error) => {
    const ofTables = ['missing', 'unfit', 'forbidden', 'badRow'].includes(String(failureKind(error)));
    throw ofTables ? new UnusableCellsError('A statement over cells failed.', { cause: error }) : error;
  });
}
