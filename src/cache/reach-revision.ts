import { RevisionNotReachedError } from '../errors.ts';
import { withTimeout } from '../timing/with-timeout.ts';
import type { DocumentMemory } from './memory.ts';

/** How long a reader waits for a revision. */
const TIMEOUT_MS = 2_000;
/** Between two syncs of a reader that waits for a revision. */
const INTERVAL_MS = 20;

/** Waits until memory holds everything up to `revision`. @throws RevisionNotReachedError after 2 s */
export async function reachRevision(
  { memory, now, sync }: { memory: DocumentMemory; now: () => number; sync: () => Promise<void> },
  revision: number,
): Promise<void> {
  const applied = () => memory.snapshot?.position.revision ?? -1;
  const until = now() + TIMEOUT_MS;
  while (applied() < revision) {
    if (now() >= until) throw notReached(Math.max(0, applied()), revision);
    // What fails is tried again: all that counts here is the revision.
    await withTimeout(Math.max(1, until - now()), sync(), () => notReached(0, revision)).catch(
      () => undefined,
    );
    if (applied() < revision) await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

function notReached(applied: number, revision: number): RevisionNotReachedError {
  return new RevisionNotReachedError(`This node has applied revision ${applied}, not ${revision}.`, {
    help: 'Try again in a second. A revision comes from a version, Stats-Revision, or the answer to an invalidation.',
  });
}
