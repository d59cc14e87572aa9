import { buildCells } from '../engine/build.ts';
import { estimateHistory } from '../engine/estimate-history.ts';
import type { RefreshContext } from '../engine/refresh.ts';
import type { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { coalesce } from '../timing/coalesce.ts';

/** After a build that failed: it may have taken long, and its cause may stay. */
const BUILD_AGAIN_MS = 60_000;

/** Has cells built, one build at a time, and not again and again where builds fail or do not last. */
export class CellBuilder {
  readonly #o: { context: RefreshContext; log: Log; now: () => number };
  #buildAgainAt = Number.NEGATIVE_INFINITY;
  /** Why the last build failed; the same is logged once, not each minute. */
  #failure: string | undefined;
  /** Set when the service stops: failures from then on are not logged. */
  closed = false;

  constructor(options: { context: RefreshContext; log: Log; now: () => number }) {
    this.#o = options;
  }

  /** Never rejects: until a build succeeds, each refresh is a scan, and asks for the next build. */
  readonly build = coalesce(() => this.#build());

  async #build(): Promise<void> {
    const { context, log, now } = this.#o;
    if (now() < this.#buildAgainAt) return;
    const began = now();
    try {
      if (await buildCells(context)) {
        this.#failure = undefined;
        const durationMs = Math.round(now() - began);
        // Where so much changes that cells do not last, building them takes half of the time at most.
        this.#buildAgainAt = now() + durationMs;
        log.info({ durationMs }, 'Cells are built: from now on a refresh costs what the change costs.');
      }
      await estimateHistory(context);
    } catch (error) {
      this.#buildAgainAt = now() + BUILD_AGAIN_MS;
      const { message, help } = error as AppError;
      if (!this.closed && message !== this.#failure)
        log.warn(
          { err: error, help },
          'Cells could not be built; until they are, each refresh is a full scan.',
        );
      this.#failure = message;
    }
  }
}
