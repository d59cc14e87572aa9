import { isOutage } from '../db/failures.ts';
import { buildCells } from '../engine/build.ts';
import { estimateHistory } from '../engine/estimate-history.ts';
import type { RefreshContext } from '../engine/refresh.ts';
import type { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { coalesce } from '../timing/coalesce.ts';

/** After a build that failed: it may have taken long, and its cause may stay. */
const BUILD_AGAIN_MS = 60_000;

/**
 * Has cells built and the history estimated where there is none, once at a time, and not again and again where that fails
 * or does not last. It never rejects: until a build succeeds, each refresh is a scan, and asks for the next build.
 */
export function cellBuilder(context: RefreshContext, log: Log, now: () => number): () => Promise<void> {
  let notBefore = Number.NEGATIVE_INFINITY;
  /** Why the last build failed; the same is logged once, not each minute. */
  let failure: string | undefined;
  return coalesce(async () => {
    if (now() < notBefore) return;
    const began = now();
    try {
      if (await buildCells(context)) {
        failure = undefined;
        const durationMs = Math.round(now() - began);
        // Where so much changes that cells do not last, building them takes half of the time at most.
        notBefore = now() + durationMs;
        log.debug({ durationMs }, 'Cells are built: from now on a refresh costs what the change costs.');
      }
    } catch (error) {
      notBefore = now() + BUILD_AGAIN_MS;
      const { message, help } = error as AppError;
      if (message !== failure && !isOutage(error)) {
        const what = 'Cells could not be built; until they are, each refresh reads every project.';
        log.warn({ err: error, help }, what);
      }
      failure = message;
    }
    await estimateHistory(context).catch((error) => {
      if (!isOutage(error))
        log.warn({ err: error }, 'The history could not be estimated; it is tried again.');
    });
  });
}
