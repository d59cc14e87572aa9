import type { Sql } from '../db/connection.ts';
import { databaseFailure } from '../db/failures.ts';
import { DatabaseUnavailableError, RefreshTimeoutError, RevisionNotReachedError } from '../errors.ts';
import type { Log } from '../log.ts';
import { withTimeout } from '../timing/with-timeout.ts';
import type { DocumentMemory } from './memory.ts';
import { loadStatistics } from './read-table.ts';
import { type Entry, entriesOf, type Snapshot } from './snapshot.ts';
import type { Standing } from './sync-state.ts';

/** How an answer came about, for Cache-Status (RFC 9211). */
export type Source = 'memory' | 'stale' | 'table' | 'refresh';

export interface ReadOptions {
  /** Wait until this node has applied that revision. */
  minRevision?: number | undefined;
  /** Answer with every change committed before the call. */
  current?: boolean;
  /** Members of `statistics` to keep; undefined for all. */
  fields?: readonly string[] | undefined;
}

export interface Reading {
  snapshot: Snapshot;
  /** In the order asked for. */
  items: { entry: Entry; text: string }[];
  source: Source;
}

export interface ReaderOptions {
  sql: Sql;
  memory: DocumentMemory;
  standing: Standing;
  log: Log;
  now: () => number;
  /** Looks at the table; see Follower.look. */
  look: () => Promise<void>;
  /** ms since what is in memory was last found to be what the table holds. */
  silentForMs: () => number;
  /** Whether commits may be missing in memory for longer than is promised: then what is served is labelled. */
  isBehind: () => boolean;
  /** Refreshes if anything asks for it, then looks. Bounded by the hard timeout. Coalesced. */
  bringCurrent: () => Promise<void>;
  staleWhileRevalidateMs: number;
  staleIfErrorMs: number;
  softTimeoutMs: number;
  /** For what a reader waits for altogether. */
  hardTimeoutMs: number;
}

/** After a failed refresh, readers of expired documents get stale ones for so long before the next try. */
const RETRY_AFTER_FAILURE_MS = 1_000;
/** What nobody has confirmed for so long is labelled: it may be invalidated, of which others hear within 1 s (G4). */
const CONFIRMED_MS = 1_000;
/** How long a reader waits for a revision. */
const REACH_TIMEOUT_MS = 2_000;
/** Between looks of a reader that waits for a revision. */
const REACH_INTERVAL_MS = 20;

/** The read path: memory, then table, then refresh. */
export class Reader {
  readonly #o: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#o = options;
  }

  /**
   * @param choose the keys wanted, of a snapshot
   * @throws UnknownScopeError, RevisionNotReachedError, RefreshTimeoutError or DatabaseUnavailableError
   */
  async read(choose: (snapshot: Snapshot) => readonly string[], options: ReadOptions = {}): Promise<Reading> {
    if (options.current) await this.#bringCurrent();
    if (options.minRevision !== undefined) await this.#reach(options.minRevision);
    let source: Source = options.current ? 'refresh' : 'memory';
    if (!this.#o.memory.snapshot?.entries.size) {
      await this.#fill();
      source = 'table';
    }
    const began = this.#o.now();
    for (let renewed = false; ; ) {
      const chosen = this.#choose(choose);
      const state = this.#state(chosen.entries);
      if (state === 'invalid') {
        // However it came about, also while something else was waited for: it is never served.
        if (this.#o.now() - began > this.#o.hardTimeoutMs) throw timedOut();
        await this.#bringCurrent();
        source = 'refresh';
      } else if (state === 'expired' && !renewed) {
        source = (await this.#renew(chosen.entries)) ? 'refresh' : 'stale';
        renewed = true;
      } else {
        if (state === 'stale' && !renewed) {
          source = 'stale';
          this.#revalidate();
        } else if (source !== 'refresh' && this.#unconfirmed) {
          source = 'stale';
        }
        const reading = await this.#texts(chosen, options.fields, source);
        if (reading) return reading;
        // A refresh or an invalidation came between: start again from the newer snapshot.
        await this.#look();
        source = 'table';
      }
    }
  }

  #choose(choose: (snapshot: Snapshot) => readonly string[]): { snapshot: Snapshot; entries: Entry[] } {
    const { snapshot } = this.#o.memory;
    if (!snapshot)
      throw new DatabaseUnavailableError(
        'No statistics are in memory yet, and the database does not answer.',
      );
    return { snapshot, entries: entriesOf(snapshot, choose(snapshot)) };
  }

  get #unconfirmed(): boolean {
    return this.#o.silentForMs() > CONFIRMED_MS || this.#o.isBehind();
  }

  /** The worst state of the entries: `stale` may be served while it is renewed, `expired` only if renewing fails. */
  #state(entries: readonly Entry[]): 'fresh' | 'stale' | 'expired' | 'invalid' {
    if (entries.some((entry) => !entry.valid)) return 'invalid';
    const overdueMs = this.#overdueMs(entries);
    if (overdueMs < 0) return 'fresh';
    return overdueMs <= this.#o.staleWhileRevalidateMs ? 'stale' : 'expired';
  }

  /** Since the first of the entries expired; -Infinity of none. */
  #overdueMs(entries: readonly Entry[]): number {
    return this.#o.now() - Math.min(...entries.map((entry) => entry.expiresAt));
  }

  /** Whether the entries were renewed in time; false: serve them stale. */
  async #renew(entries: readonly Entry[]): Promise<boolean> {
    const refreshed = await this.#withinSoftTimeout();
    const overdueMs = this.#overdueMs(entries);
    if (!refreshed && overdueMs > this.#o.staleIfErrorMs) throw timedOut();
    if (!refreshed && !this.#o.standing.servingStale) {
      this.#o.standing.servingStale = true;
      this.#o.log.warn({ overdueMs: Math.round(overdueMs) }, 'Expired statistics are served.');
    }
    return refreshed;
  }

  async #withinSoftTimeout(): Promise<boolean> {
    const { now, standing, softTimeoutMs } = this.#o;
    if (now() - standing.refreshFailedAt < RETRY_AFTER_FAILURE_MS) return false;
    try {
      await withTimeout(softTimeoutMs, this.#bringCurrent(), timedOut);
      return true;
    } catch {
      // The next reader need not wait as long again.
      standing.refreshFailedAt = now();
      return false;
    }
  }

  #revalidate(): void {
    if (this.#o.now() - this.#o.standing.refreshFailedAt < RETRY_AFTER_FAILURE_MS) return;
    this.#bringCurrent().catch((error) => this.#o.log.warn({ err: error }, 'Renewing statistics failed.'));
  }

  async #bringCurrent(): Promise<void> {
    try {
      // The database is told the same bound; this one holds when it does not answer at all.
      await withTimeout(this.#o.hardTimeoutMs, this.#o.bringCurrent(), timedOut);
      this.#o.standing.servingStale = false;
    } catch (error) {
      this.#o.standing.refreshFailedAt = this.#o.now();
      throw databaseFailure(error);
    }
  }

  async #look(): Promise<void> {
    await withTimeout(this.#o.hardTimeoutMs, this.#o.look(), timedOut).catch(unreachable);
  }

  async #fill(): Promise<void> {
    await this.#look();
    if (this.#o.memory.snapshot?.entries.size === 0) await this.#bringCurrent();
  }

  async #reach(revision: number): Promise<void> {
    const { memory, now, look } = this.#o;
    const until = now() + REACH_TIMEOUT_MS;
    while ((memory.snapshot?.position.revision ?? -1) < revision) {
      if (now() >= until) {
        throw new RevisionNotReachedError(
          `This node has applied revision ${memory.snapshot?.position.revision ?? 0}, not ${revision}.`,
          {
            help: 'Try again in a second. A revision comes from a version, Stats-Revision, or the answer to an invalidation.',
          },
        );
      }
      await withTimeout(Math.max(1, until - now()), look(), timedOut).catch(() => undefined);
      if ((memory.snapshot?.position.revision ?? -1) < revision) {
        await new Promise((resolve) => setTimeout(resolve, REACH_INTERVAL_MS));
      }
    }
  }

  /** undefined: what had been dropped for space has moved on in the table. */
  async #texts(
    { snapshot, entries }: { snapshot: Snapshot; entries: Entry[] },
    fields: readonly string[] | undefined,
    source: Source,
  ): Promise<Reading | undefined> {
    const { memory, sql } = this.#o;
    const texts = entries.map((entry) => memory.text(entry, snapshot.schemaVersion, fields));
    const dropped = entries.filter((_, i) => texts[i] === undefined);
    const loaded = dropped.length === 0 ? [] : await loadStatistics(sql, dropped).catch(unreachable);
    const statistics = new Map(loaded.map((row) => [row.key, row.statistics]));
    if (dropped.some((entry) => !statistics.has(entry.key))) return undefined;
    const items = entries.map((entry, i) => ({
      entry,
      text: texts[i] ?? memory.keep(entry, snapshot.schemaVersion, statistics.get(entry.key) ?? '{}', fields),
    }));
    return { snapshot, items, source: dropped.length > 0 && source === 'memory' ? 'table' : source };
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
