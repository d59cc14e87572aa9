import type { Follower } from '../cache/follower.ts';
import { caughtUp, type SyncState } from '../cache/sync-state.ts';
import { serverRefusal } from '../db/explain-failure.ts';
import { failureKind, writeRefusal } from '../db/failures.ts';
import { type RefreshContext, type RefreshOptions, type RefreshResult, refresh } from '../engine/refresh.ts';
import type { Traced } from '../engine/transaction.ts';
import type { Log } from '../log.ts';
import { coalesce } from '../timing/coalesce.ts';
import type { Observer, Platform } from './platform.ts';

interface RefresherOptions {
  context: RefreshContext;
  follower: Follower;
  state: SyncState;
  log: Log;
  now: () => number;
  observer: Observer;
  platform: Pick<Platform, 'lockMs' | 'afterRefresh'>;
  /** Of refreshes that readers wait for, in ms. */
  readersWaitMs: number;
}

/** The engine's refreshes that one node begins, each followed by a sync: whoever asked for it reads what it computed. */
export class Refresher {
  readonly #o: RefresherOptions;
  /** However many readers wait for one. */
  readonly forReaders = coalesce(({ traceId }: Traced) =>
    this.refresh({ current: true, withinMs: this.#o.readersWaitMs, traceId }),
  );
  /** However many ask: one is under way and one waits. */
  readonly recompute = coalesce(({ traceId }: Traced) => this.refresh({ force: true, traceId }));
  readonly recomputeFromTables = coalesce(({ traceId }: Traced) =>
    this.refresh({ force: true, full: true, traceId }),
  );

  constructor(options: RefresherOptions) {
    this.#o = options;
  }

  /** @returns `durationMs`: of the refresh, without the sync */
  async refresh(options: RefreshOptions = {}): Promise<RefreshResult & { durationMs: number }> {
    const { context, follower, now, observer, log, platform } = this.#o;
    const waiting = { lockMs: platform.lockMs, ...options };
    const began = now();
    const { alsoRead, take } = follower.withRefresh();
    try {
      const { read: table, ...result } = await refresh(context, { ...waiting, alsoRead });
      const durationMs = now() - began;
      observer.refreshed(result, durationMs);
      if (failureKind(result.unusableCells) === 'missing')
        log.info(
          {},
          'Tables of cells are missing (after a rollback or a restore) or of an older version, and are built again.',
        );
      else if (result.unusableCells)
        log.warn({ err: result.unusableCells }, 'The cells could not be used, and are built again.');
      const changed = result.items.filter((item) => item.changed).length;
      if (changed > 0)
        log.debug({ revision: result.revision, changed, marks: result.marks }, 'Statistics changed.');
      await take(table);
      if (result.outcome !== 'busy') this.#noteWritten(began);
      platform.afterRefresh?.(result);
      return { ...result, durationMs };
    } catch (error) {
      observer.refreshFailed();
      return this.noteRefusal(error);
    }
  }

  /** That the database takes no writes is logged once, and once when it is over. Throws what it is given. */
  readonly noteRefusal = (error: unknown): never => {
    const { state, log } = this.#o;
    const refusal = writeRefusal(error);
    if (refusal && !state.refusal)
      log.warn(
        { ...serverRefusal(error) },
        'The database takes no writes: statistics stay as they are, and are labelled stale where changes are missing.',
      );
    state.refusal = refusal ?? state.refusal;
    throw error;
  };

  #noteWritten(began: number): void {
    const { state, log } = this.#o;
    caughtUp(state, began);
    if (state.refusal) log.info({}, 'The database takes writes again.');
    state.refusal = undefined;
  }
}
