import { notify } from '../db/notify.ts';
import { StateRowMissingError, UnknownScopeError } from '../errors.ts';
import { nearest } from '../stats/nearest.ts';
import type { RefreshContext } from './refresh.ts';
import { issueRevision } from './revision.ts';
import { documentKeys, invalidateDocuments, queueInvalidation } from './sql/invalidate-documents.ts';
import { lockState } from './sql/lock-state.ts';
import { engineTransaction, type Traced } from './transaction.ts';

/**
 * Marks documents as not to be served before they have been computed again (guarantee G4). It takes the same lock as
 * a refresh, so one that read before this cannot store after it as valid.
 *
 * @param keys those to invalidate; undefined for all
 * @returns the revision issued, and the keys invalidated
 * @throws UnknownScopeError when a key has no document; nothing is invalidated then
 */
export function invalidate(
  ctx: RefreshContext,
  keys: readonly string[] | undefined,
  { traceId }: Traced = {},
): Promise<{ revision: number; keys: string[] }> {
  return engineTransaction(ctx.sql, ctx.timeZone, { isolation: 'read committed', traceId }, async (tx) => {
    const state = await lockState(tx);
    if (!state) throw new StateRowMissingError();
    const revision = issueRevision(state.revision);
    const invalidated = await invalidateDocuments(tx, keys, revision);
    const unknown = (keys ?? []).filter((key) => !invalidated.includes(key));
    if (unknown[0] !== undefined)
      throw new UnknownScopeError(unknown, nearest(unknown[0], await documentKeys(tx)));
    await notify(tx, revision, invalidated);
    await queueInvalidation(tx, revision, invalidated);
    return { revision, keys: invalidated };
  });
}
