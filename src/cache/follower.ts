import type { Sql, Tx } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { StateRowMissingError } from '../errors.ts';
import type { Log } from '../log.ts';
import { coalesce } from '../timing/coalesce.ts';
import { Loop } from '../timing/loop.ts';
import type { DocumentMemory } from './memory.ts';
import { readTable, type TableState } from './read-table.ts';
import { caughtUp, type SyncState } from './sync-state.ts';

/** So that a node without notifications is up to date within the second that G4 and G5 allow. */
const SYNC_INTERVAL_MS = 500;

export interface FollowerOptions {
  sql: Sql;
  memory: DocumentMemory;
  state: SyncState;
  log: Log;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** Called after each sync that brought newer documents, or times of their expiry. */
  onChange?: () => void;
}

/**
 * Keeps memory equal to the table. A notification is a hint to sync at once; a sync twice a second as well makes a lost
 * one harmless (guarantee G5). What changed is found by comparison, never by what the hint says.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #state: SyncState;
  readonly #loop: Loop;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#loop = new Loop(
      async () => {
        await this.sync();
        return { ms: SYNC_INTERVAL_MS };
      },
      () => SYNC_INTERVAL_MS,
    );
  }

  /**
   * Compares the node's revision with the table's, and takes over what changed. Memory is then at least as new as this
   * call. Throws what the database threw.
   */
  readonly sync: () => Promise<void> = coalesce(() =>
    this.#sync().then(
      () => this.#answered(),
      (error) => this.#failed(error),
    ),
  );

  /** Syncs twice a second until closed. */
  start(): void {
    this.#loop.start(SYNC_INTERVAL_MS);
  }

  close(): Promise<void> {
    return this.#loop.close();
  }

  /**
   * For a refresh: `alsoRead` reads the table in its transaction, and `take` gives that to memory once it is committed, or
   * syncs where nothing was read. Memory is then at least as new as this call.
   */
  withRefresh(): {
    alsoRead: (tx: Tx) => Promise<TableState | undefined>;
    take: (table: TableState | undefined) => Promise<void>;
  } {
    const { memory, now } = this.#options;
    let began = 0;
    let moves = 0;
    return {
      alsoRead: (tx) => {
        // Under the lock of the state row, so that nobody changes the documents until the commit.
        began = now();
        moves = memory.moves;
        return readTable(tx, memory.snapshot?.position);
      },
      take: async (table) => {
        if (!table || !this.#take(table, began, moves)) return this.sync();
        this.#answered();
      },
    };
  }

  async #sync(): Promise<void> {
    const { sql, memory, now } = this.#options;
    const began = now();
    const { moves } = memory;
    const table = await readTable(sql, memory.snapshot?.position);
    if (!table) throw new StateRowMissingError();
    // Whoever waits was promised the present of every key.
    if (!this.#take(table, began, moves)) return this.#sync();
  }

  /** Returns whether memory has what was read, or newer; see DocumentMemory.apply. */
  #take(table: TableState, began: number, moves: number): boolean {
    const { memory, onChange } = this.#options;
    if (!memory.apply(table, began, moves)) return false;
    this.#state.syncedAt = Math.max(this.#state.syncedAt, began);
    this.#noteMarks(table.marksLost);
    this.#state.tracksChanges = table.tracksChanges;
    // Below 0 the database's clock was put back, and says nothing.
    const { caughtUpMsAgo } = table;
    if (caughtUpMsAgo !== null && caughtUpMsAgo >= 0) caughtUp(this.#state, began - caughtUpMsAgo);
    if (table.documents) onChange?.();
    return true;
  }

  /** Logged once, and once when it is over. */
  #noteMarks(lost: boolean): void {
    const { log } = this.#options;
    if (lost && !this.#state.marksLost)
      log.warn(
        {},
        'Triggers of dashboard-stats are missing or disabled (/readyz names them): changes leave no mark, and answers are ' +
          'labelled stale. Run: dashboard-stats migrate',
      );
    if (!lost && this.#state.marksLost)
      log.info({}, 'The triggers are back, and all statistics were recomputed.');
    this.#state.marksLost = lost;
  }

  #answered(): void {
    if (this.#state.failure !== undefined) this.#options.log.info({}, 'The database answers again.');
    this.#state.failure = undefined;
  }

  /** Logged once, and once when it works again. */
  #failed(error: unknown): never {
    const notMigrated = failureKind(error) === 'missing';
    if (this.#state.failure === undefined) {
      const what = notMigrated ? 'is not migrated any more' : 'does not answer';
      const { memory, log } = this.#options;
      const shown = memory.snapshot ? 'statistics are served from memory' : 'there are no statistics yet';
      log.warn({ err: error }, `The database ${what}; ${shown}.`);
    }
    this.#state.failure = notMigrated ? 'not migrated' : 'away';
    throw error;
  }
}
