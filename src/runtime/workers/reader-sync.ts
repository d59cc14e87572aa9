import { type DatabaseFailure, type Standing, takenIn } from '../../cache/sync-state.ts';
import type { Config } from '../../config.ts';
import type { Sql } from '../../db/connection.ts';
import { failureKind, isUnreachable } from '../../db/failures.ts';
import type { RefreshOptions } from '../../engine/refresh.ts';
import { pending } from '../../engine/sql/pending.ts';
import type { Log } from '../../log.ts';
import { withTimeout } from '../../timing/with-timeout.ts';

export interface EdgeLooksOptions {
  sql: Sql;
  config: Config;
  log: Log;
  now: () => number;
  /** What the isolate knows, from one invocation to the next. */
  standing: Standing;
  /** Looks at the table; see Follower.look. */
  look: () => Promise<void>;
  /** Calls `takenIn`. */
  refresh: (options: RefreshOptions) => Promise<unknown>;
  /** Keeps the invocation alive for work that an answer does not wait for. */
  tracked: <T>(work: Promise<T>) => Promise<T>;
  /** For a fold that a reader began, in ms; default 20,000. */
  foldMs?: number | undefined;
}

/** After this share of EDGE_FRESH_SECONDS a reader has the next look made behind its answer. */
const AHEAD = 0.5;
/** While memory is known to be behind, since another node folds perhaps, the next look is made ahead after so long. */
const CATCH_UP_MS = 250;
/** A look that takes longer is not waited for: the database counts as away, and memory answers, labelled. */
const LOOK_PATIENCE_MS = 1_000;
/** After a failed look, readers do not wait for another one for so long; nor is one made ahead after a failed fold. */
const LOOK_AGAIN_MS = 1_000;
/** The platform lets an invocation live 30 s beyond its answer. */
const FOLD_MS = 20_000;
/** After a fold took too long, readers leave folding to the tick, which would find the row locked by one after the other. */
const LEFT_TO_TICK_MS = 90_000;

/**
 * When the readers of an isolate ask what has changed, and fold it: where the last question is older than
 * EDGE_FRESH_SECONDS. Its promises belong to one invocation; what it knows is in `standing`, which all of them share.
 */
export class EdgeLooks {
  readonly #o: EdgeLooksOptions;

  constructor(options: EdgeLooksOptions) {
    this.#o = options;
  }

  /** Asks, looks and folds if it is time to; what takes too long goes on behind the answer. Never rejects. */
  async inTime(): Promise<void> {
    const { now, config, tracked, standing } = this.#o;
    const freshMs = config.EDGE_FRESH_SECONDS * 1000;
    if (now() - standing.lookFailedAt < LOOK_AGAIN_MS) return;
    const knownForMs = now() - standing.askedAt;
    if (knownForMs >= freshMs) return this.#lookAndFold();
    // One of the isolate's invocations looks ahead, so that under load nobody waits, and not everybody at once.
    const behind = standing.takenInAt < standing.askedAt && now() - standing.refreshFailedAt >= LOOK_AGAIN_MS;
    const early = Math.min(freshMs * AHEAD, behind ? CATCH_UP_MS : Number.POSITIVE_INFINITY);
    if (knownForMs >= early && now() - standing.lookBegunAt >= early) void tracked(this.#lookAndFold());
  }

  /** Everything committed up to `at` is in memory. */
  takenIn(at: number): void {
    const { standing } = this.#o;
    this.#known(at);
    takenIn(standing, at);
    standing.foldTooLongAt = Number.NEGATIVE_INFINITY;
  }

  #known(at: number): void {
    const { standing } = this.#o;
    standing.askedAt = Math.max(standing.askedAt, at);
    standing.askFailure = undefined;
  }

  async #lookAndFold(): Promise<void> {
    const { now, config, tracked, standing } = this.#o;
    const began = now();
    standing.lookBegunAt = began;
    const asked = tracked(this.#ask(began));
    // Also where the answer comes too late for this reader.
    const folded = tracked(asked.then((found) => (found ? this.#fold() : undefined)));
    const found = await patiently(LOOK_PATIENCE_MS, asked);
    if (found) await patiently(config.REFRESH_SOFT_TIMEOUT_MS, folded);
    if (found === undefined) this.#failed(began, standing.askFailure ?? 'away');
  }

  /** Whether anything waits to be folded. What another node folds meanwhile comes with the look, which is made in any case. */
  async #ask(began: number): Promise<boolean> {
    const { sql, config, log, look } = this.#o;
    try {
      // One after the other: a second connection costs more than a second question.
      const found = await pending(sql, config.STATS_TIME_ZONE).finally(look);
      if (found) this.#known(began);
      else this.takenIn(began);
      return found;
    } catch (error) {
      this.#failed(began, failureKind(error) === 'missing' ? 'not migrated' : 'away');
      if (!isUnreachable(error)) log.warn({ err: error }, 'Whether anything has changed could not be asked.');
      throw error;
    }
  }

  /** It is no failure of the database where another invocation was answered meanwhile. */
  #failed(began: number, why: DatabaseFailure): void {
    const { now, standing } = this.#o;
    if (standing.askedAt >= began) return;
    standing.askFailure = why;
    standing.lookFailedAt = now();
  }

  /** Never rejects. */
  async #fold(): Promise<void> {
    const { now, log, refresh, standing, foldMs = FOLD_MS } = this.#o;
    const began = now();
    if (began - standing.foldTooLongAt < LEFT_TO_TICK_MS) return;
    const late = new Error('It takes longer than a reader may fold.');
    try {
      // It goes on behind this bound, as long as the platform lets it.
      await withTimeout(foldMs, refresh({ skipIfBusy: true, withinMs: foldMs }), () => late);
    } catch (error) {
      standing.refreshFailedAt = now();
      // A timer may be early by a fraction, and the server's may be first.
      if (error === late || now() - began >= foldMs) standing.foldTooLongAt = now();
      log.warn({ err: error }, 'Folding what changed failed; a later reader or the next tick tries again.');
    }
  }
}

/** undefined when it takes longer or fails. */
function patiently<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return withTimeout(ms, work, () => new Error('late')).catch(() => undefined);
}
