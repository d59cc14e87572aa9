import type { Sql } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { StateRowMissingError } from '../errors.ts';
import type { Log } from '../log.ts';
import { coalesce } from '../timing/coalesce.ts';
import { Loop } from '../timing/loop.ts';
import type { DocumentMemory } from './memory.ts';
import { look } from './read-table.ts';
import { type DatabaseFailure, newStanding, type Standing, takenIn } from './sync-state.ts';

/** So that a node without notifications is up to date within the second that G4 and G5 allow. */
const LOOK_INTERVAL_MS = 500;

export interface FollowerOptions {
  sql: Sql;
  memory: DocumentMemory;
  /** Default: a new one. */
  standing?: Standing;
  log: Log;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Told after each look that brought newer documents, with their keys. */
  onChange?: (keys: readonly string[]) => void;
}

/**
 * Keeps the memory up with the table. A notification is a hint to look at once; looking twice a second as well is
 * what makes a lost one harmless (guarantee G5). Whatever moved is found by comparing, never by what the hint says.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #standing: Standing;
  readonly #loop: Loop;
  #closed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#standing = options.standing ?? newStanding();
    this.#loop = new Loop(
      async () => {
        await this.look();
        return { ms: LOOK_INTERVAL_MS };
      },
      () => LOOK_INTERVAL_MS,
    );
  }

  /** Why the last look failed; undefined when it did not. */
  get failure(): DatabaseFailure | undefined {
    return this.#standing.failure;
  }

  /** ms since the table was last looked at successfully; Infinity before the first time. */
  get silentForMs(): number {
    return this.#options.now() - this.#standing.confirmedAt;
  }

  /** Looks now. The result is at least as new as this call. Throws what the database threw. */
  readonly look: () => Promise<void> = coalesce(() =>
    this.#look().then(
      () => this.#answered(),
      (error) => this.#failed(error),
    ),
  );

  /** Looks twice a second until closed. */
  start(): void {
    this.#loop.start(LOOK_INTERVAL_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#loop.close();
  }

  async #look(): Promise<void> {
    const { sql, memory, now, onChange } = this.#options;
    const began = now();
    const { moves } = memory;
    const found = await look(sql, memory.snapshot?.position);
    if (!found) throw new StateRowMissingError();
    const changed = memory.apply(found, began, moves);
    // Whoever waits was promised what is there now, of every key.
    if (!changed) return this.#look();
    this.#standing.confirmedAt = Math.max(this.#standing.confirmedAt, began);
    // Below 0 where the database's clock was put back: then it tells nothing.
    const { takenInMsAgo } = found;
    if (takenInMsAgo !== null && takenInMsAgo >= 0) takenIn(this.#standing, began - takenInMsAgo);
    if (changed.length > 0) onChange?.(changed);
  }

  #answered(): void {
    if (this.#standing.failure !== undefined) this.#options.log.info({}, 'The database answers again.');
    this.#standing.failure = undefined;
  }

  /** Told once, and once when it works again. */
  #failed(error: unknown): never {
    const notMigrated = failureKind(error) === 'missing';
    if (this.#standing.failure === undefined && !this.#closed) {
      const what = notMigrated ? 'is not migrated any more' : 'does not answer';
      this.#options.log.warn({ err: error }, `The database ${what}; what is in memory goes on being served.`);
    }
    this.#standing.failure = notMigrated ? 'not migrated' : 'away';
    throw error;
  }
}
