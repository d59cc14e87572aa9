import { databaseFailure } from '../db/failures.ts';
import type { Traced } from '../engine/transaction.ts';
import { DatabaseUnavailableError, RefreshTimeoutError, RevisionNotReachedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { NowOrLater } from '../timing/now-or-later.ts';
import { withTimeout } from '../timing/with-timeout.ts';
import type { DocumentMemory } from './memory.ts';
import { nextStep, type ReadStep, type StaleBounds } from './read-step.ts';
import { type Entry, entriesOf, firstExpiry, type Snapshot } from './snapshot.ts';
import { type StaleReason, type SyncState, whyLacking } from './sync-state.ts';

/** How an answer came about, for Cache-Status (RFC 9211). */
export type Source = 'memory' | 'stale' | 'table' | 'refresh';

/** `traceId`: for a refresh that begins for this read. */
export interface ReadOptions extends Traced {
  /** Wait until this node has applied that revision. */
  minRevision?: number | undefined;
  /** Answer with every change committed before the call. */
  current?: boolean;
  /** Members of `statistics` to keep; undefined for all. */
  fields?: readonly string[] | undefined;
}

export interface Reading {
  snapshot: Snapshot;
  /** When it was decided what to answer, in ms of the node's clock. */
  at: number;
  /** In the order asked for. */
  items: { entry: Entry; text: string }[];
  source: Source;
  /** Up to this time (ms of the node's clock) the documents hold every commit, where that is known; else -Infinity. */
  confirmedAt: number;
  /** When what is answered beside the documents was read, in ms of the node's clock; default: with them. */
  readAt?: number;
  /** Where `source` is stale. */
  staleReason?: StaleReason | undefined;
}

/** The reading of an answer that also holds what may have been loaded from the table. */
export function withLoaded(reading: Reading, loaded: boolean): Reading {
  return loaded && reading.source === 'memory' ? { ...reading, source: 'table' } : reading;
}

type Fields = ReadOptions['fields'];
type Choose = (snapshot: Snapshot) => readonly string[];

interface Chosen {
  snapshot: Snapshot;
  entries: readonly Entry[];
  at: number;
}

export interface ReaderOptions extends StaleBounds {
  memory: DocumentMemory;
  state: SyncState;
  log: Log;
  now: () => number;
  /** See Follower.sync. */
  sync: () => Promise<void>;
  /** Computes what is due, then syncs. Callers share it. */
  refresh: (asked: Traced) => Promise<unknown>;
  /** See loadStatistics. */
  load: (wanted: readonly Entry[]) => Promise<{ key: string; statistics: string }[]>;
  /** What a read that does not ask for the present does first; never rejects. Default: nothing. */
  beforeRead?: (() => Promise<void>) | undefined;
  /** Throws where what memory holds must not be served. */
  requireServable: () => void;
  /** Memory may lack a commit for so long before it is served as stale, in ms. */
  behindAfterMs: number;
  softTimeoutMs: number;
  /** For what a reader waits for altogether. */
  hardTimeoutMs: number;
}

/** After a failed refresh, readers of expired documents get stale ones for so long before the next try. */
export const RETRY_AFTER_FAILURE_MS = 1_000;
/** How long a reader waits for a revision, and the pause between two syncs meanwhile. */
const REVISION = { timeoutMs: 2_000, pauseMs: 20 };

/** Memory that no sync has confirmed for so long is served as stale: others learn of an invalidation within 1 s (G4). */
export const CONFIRMED_MS = 1_000;

/** The read path: memory, then table, then refresh. read-step.ts decides; this does it. */
export class Reader {
  readonly #o: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#o = options;
  }

  /**
   * A promise only where something has to be waited for.
   *
   * @param choose the keys wanted, of a snapshot
   * @throws UnknownScopeError, RevisionNotReachedError, RefreshTimeoutError or DatabaseUnavailableError
   */
  read(choose: Choose, options: ReadOptions = {}): NowOrLater<Reading> {
    return this.#readNow(choose, options) ?? this.#readLater(choose, options);
  }

  /** undefined: memory alone cannot answer. */
  #readNow(choose: Choose, { current, minRevision = 0, fields }: ReadOptions): Reading | undefined {
    const { memory, beforeRead } = this.#o;
    const { snapshot } = memory;
    if (current || beforeRead || !snapshot?.entries.size || snapshot.position.revision < minRevision)
      return undefined;
    const chosen = this.#choose(choose);
    const step = this.#nextStep(chosen, false);
    if (step !== 'serve' && step !== 'serveStale') return undefined;
    return this.#fromMemory(chosen, fields, step === 'serve' ? 'memory' : 'stale');
  }

  async #readLater(choose: Choose, options: ReadOptions): Promise<Reading> {
    const { memory, now, beforeRead, hardTimeoutMs } = this.#o;
    if (options.current) await this.#requireRefresh(options);
    else if (beforeRead) await beforeRead();
    if (options.minRevision !== undefined) await this.#reachRevision(options.minRevision);
    let source: Source = options.current ? 'refresh' : 'memory';
    if (!memory.snapshot?.entries.size) {
      await this.#fill();
      source = 'table';
    }
    let began: number | undefined;
    for (;;) {
      const chosen = this.#choose(choose);
      const step = this.#nextStep(chosen, source === 'refresh');
      if (step === 'refuse') throw timedOut();
      if (step === 'requireRefresh') {
        // Whoever invalidates again and again does not keep a reader for ever.
        began ??= now();
        if (now() - began > hardTimeoutMs) throw timedOut();
        await this.#requireRefresh(options);
        source = 'refresh';
        continue;
      }
      if (step === 'tryRefresh') {
        if (await this.#tryRefresh()) source = 'refresh';
        continue;
      }
      if (step === 'serveStaleAndRefresh') this.#refreshBehind();
      if (step !== 'serve') source = 'stale';
      const reading =
        this.#fromMemory(chosen, options.fields, source) ??
        (await this.#fromTable(chosen, options.fields, source));
      if (reading) return reading;
      // A refresh or an invalidation came between: start again from the newer snapshot.
      await this.#sync();
      source = 'table';
    }
  }

  /** Waits until memory holds everything up to `revision`. @throws RevisionNotReachedError */
  async #reachRevision(revision: number): Promise<void> {
    const { memory, now, sync } = this.#o;
    const applied = () => memory.snapshot?.position.revision ?? -1;
    const until = now() + REVISION.timeoutMs;
    while (applied() < revision) {
      if (now() >= until) {
        throw new RevisionNotReachedError(
          `This node has applied revision ${Math.max(0, applied())}, not ${revision}.`,
          {
            help: 'Try again in a second. A revision comes from a version, Stats-Revision, or the answer to an invalidation.',
          },
        );
      }
      // What fails or takes too long is tried again: all that counts here is the revision.
      await withTimeout(Math.max(1, until - now()), sync(), timedOut).catch(() => undefined);
      if (applied() < revision) await new Promise((resolve) => setTimeout(resolve, REVISION.pauseMs));
    }
  }

  #choose(choose: Choose): Chosen {
    const { snapshot } = this.#o.memory;
    if (!snapshot)
      throw new DatabaseUnavailableError(
        'No statistics are in memory yet, and the database does not answer.',
      );
    this.#o.requireServable();
    return { snapshot, entries: entriesOf(snapshot, choose(snapshot)), at: this.#o.now() };
  }

  #nextStep({ entries, at }: Chosen, refreshed: boolean): ReadStep {
    const { state, log, staleWhileRevalidateMs } = this.#o;
    const overdueMs = at - firstExpiry(entries);
    const step = nextStep(
      {
        valid: entries.every((entry) => entry.valid),
        overdueMs,
        refreshed,
        resting: at - state.refreshFailedAt < RETRY_AFTER_FAILURE_MS,
        confirmed: this.#whyUnconfirmed(at) === undefined,
      },
      this.#o,
    );
    const isAway = state.failure !== undefined;
    if (step === 'serveStale' && overdueMs > staleWhileRevalidateMs && !state.servingStale && !isAway) {
      state.servingStale = true;
      log.warn(
        { overdueMs: Math.round(overdueMs) },
        'Expired statistics are served, as they could not be refreshed.',
      );
    }
    return step;
  }

  #whyUnconfirmed(at: number): StaleReason | undefined {
    const { state, behindAfterMs } = this.#o;
    if (at - state.syncedAt > CONFIRMED_MS) return 'database-away';
    return whyLacking(state, at, behindAfterMs)?.reason;
  }

  /** Whether it succeeded in time; where not, the next reader need not wait as long. */
  async #tryRefresh(): Promise<boolean> {
    try {
      await withTimeout(this.#o.softTimeoutMs, this.#requireRefresh(), timedOut);
      return true;
    } catch {
      this.#o.state.refreshFailedAt = this.#o.now();
      return false;
    }
  }

  #refreshBehind(): void {
    this.#requireRefresh().catch((error) =>
      this.#o.log.debug({ err: error }, 'Statistics that expire could not be refreshed; it is tried again.'),
    );
  }

  async #requireRefresh(asked: Traced = {}): Promise<void> {
    const { refresh, state, now, hardTimeoutMs } = this.#o;
    try {
      // The database has the same bound; this one holds when it does not answer at all.
      await withTimeout(hardTimeoutMs, refresh(asked), timedOut);
      if (state.servingStale) this.#o.log.info({}, 'Statistics could be refreshed again.');
      state.servingStale = false;
    } catch (error) {
      state.refreshFailedAt = now();
      throw databaseFailure(error);
    }
  }

  async #sync(): Promise<void> {
    await withTimeout(this.#o.hardTimeoutMs, this.#o.sync(), timedOut).catch(unreachable);
  }

  async #fill(): Promise<void> {
    await this.#sync();
    if (this.#o.memory.snapshot?.entries.size === 0) await this.#requireRefresh();
  }

  /** undefined: something has been dropped for space. */
  #fromMemory(chosen: Chosen, fields: Fields, source: Source): Reading | undefined {
    const { snapshot, entries } = chosen;
    const items: Reading['items'] = [];
    for (const entry of entries) {
      const text = this.#o.memory.text(entry, snapshot.schemaVersion, fields);
      if (text === undefined) return undefined;
      items.push({ entry, text });
    }
    return this.#reading(chosen, items, source);
  }

  /** undefined: what had been dropped for space has changed in the table. */
  async #fromTable(chosen: Chosen, fields: Fields, source: Source): Promise<Reading | undefined> {
    const { memory, load } = this.#o;
    const { entries } = chosen;
    const { schemaVersion } = chosen.snapshot;
    const texts = entries.map((entry) => memory.text(entry, schemaVersion, fields));
    const dropped = entries.filter((_, i) => texts[i] === undefined);
    const loaded = await load(dropped).catch(unreachable);
    const statistics = new Map(loaded.map((row) => [row.key, row.statistics]));
    if (dropped.some((entry) => !statistics.has(entry.key))) return undefined;
    const items = entries.map((entry, i) => ({
      entry,
      text: texts[i] ?? memory.keep(entry, schemaVersion, statistics.get(entry.key) ?? '{}', fields),
    }));
    return this.#reading(chosen, items, source === 'memory' ? 'table' : source);
  }

  #reading({ snapshot, at }: Chosen, items: Reading['items'], source: Source): Reading {
    const { confirmedAt } = this.#o.state;
    const staleReason = source === 'stale' ? (this.#whyUnconfirmed(at) ?? 'expired') : undefined;
    return { snapshot, at, items, source, confirmedAt, staleReason };
  }
}

function timedOut(): RefreshTimeoutError {
  return new RefreshTimeoutError('The statistics could not be computed in time.', {
    help: 'Try again in a few seconds.',
  });
}

function unreachable(error: unknown): never {
  throw new DatabaseUnavailableError('The statistics are not in memory, and the database does not answer.', {
    cause: error,
    help: 'Try again in a few seconds.',
  });
}
