/**
 * Deletes what has had its time, in batches that each are one short transaction, so that it may run at any time, beside the
 * application, twice at once or cut short.
 */
import type { Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { goneScopes } from '../engine/sql/named-scopes.ts';
import { deletions, type Retention } from './sql/purge.ts';

/** Rows of a batch: half a day of events, so that a table without an index is read once or twice. */
const BATCH = 5_000;
/** A lock that cannot be skipped, such as that of an ALTER TABLE, is waited for briefly. */
const BOUNDS = { isolation: 'read committed', statementMs: 30_000, lockMs: 2_000 } as const;

/** @param refreshAll deletes the documents of scopes that are gone: only a refresh writes documents */
export async function purge(
  sql: Sql,
  retention: Retention,
  refreshAll: () => Promise<unknown>,
): Promise<string> {
  const deleted: string[] = [];
  for (const [what, batch] of Object.entries(deletions(retention, BATCH))) {
    let [rows, last] = [0, BATCH];
    while (last === BATCH) {
      ({ count: last } = await transaction(sql, BOUNDS, batch));
      rows += last;
    }
    deleted.push(`${what} ${rows}`);
  }
  const gone = await goneScopes(sql);
  if (gone.length > 0) await refreshAll();
  return `Deleted: ${deleted.join(', ')}, documents ${gone.length}.`;
}
