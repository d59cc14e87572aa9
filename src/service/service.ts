/**
 * The service on any platform: it reads, refreshes, invalidates and runs jobs when asked to. What makes it work by itself
 * (timers, LISTEN and node-cron; requests and ticks on Workers) is in src/runtime.
 */

import { Follower } from '../cache/follower.ts';
import { type HistoriesUnderWay, loadHistory } from '../cache/history.ts';
import { DocumentMemory } from '../cache/memory.ts';
import { loadStatistics } from '../cache/read-table.ts';
import { Reader, type Reading, type ReadOptions, withLoaded } from '../cache/reader.ts';
import { entriesOf, type Snapshot } from '../cache/snapshot.ts';
import { newSyncState, type SyncState, whyLacking } from '../cache/sync-state.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import { askDatabase } from '../db/failures.ts';
import { invalidate } from '../engine/invalidate.ts';
import { type ListQuery, readList } from '../engine/lists.ts';
import type { RefreshContext, RefreshResult } from '../engine/refresh.ts';
import { facilityGroups } from '../engine/sql/named-scopes.ts';
import { type ActivityRow, type StoredActivities, storeActivities } from '../engine/sql/store-activities.ts';
import { type TriggerState, triggerState } from '../engine/sql/trigger-state.ts';
import type { Traced } from '../engine/transaction.ts';
import { TimeZoneMismatchError } from '../errors.ts';
import { jobCatalogue } from '../jobs/catalogue.ts';
import type { Log } from '../log.ts';
import type { KeptDay } from '../stats/history.ts';
import { isSameZone } from '../stats/time-zone.ts';
import { coalesce } from '../timing/coalesce.ts';
import type { NowOrLater } from '../timing/now-or-later.ts';
import { UnderWay } from '../timing/under-way.ts';
import { Trail } from '../trail/trail.ts';
import { auditAndRepair } from './audit.ts';
import { cellBuilder } from './build-cells.ts';
import { refreshContext } from './contexts.ts';
import { ServiceJobs } from './jobs.ts';
import { ListReader, type ListReading } from './lists.ts';
import type { Observer, Platform } from './platform.ts';
import { Refresher } from './refresher.ts';
import { readStatus, type ServiceStatus } from './status.ts';
import { keysOfGroups, keysOfProjects } from './targets.ts';

/** What a caller may ask to be invalidated; exactly one. */
type InvalidationTarget = { keys: readonly string[] } | { projectIds: readonly string[] } | { all: true };

export interface ServiceOptions {
  sql: Sql;
  config: Config;
  log: Log;
  /** Names this process among the nodes. */
  node: string;
  /** ms of a clock that never goes back. */
  now: () => number;
  observer: Observer;
  platform: Platform;
  /** What is known already; default: nothing. */
  memory?: DocumentMemory;
  state?: SyncState;
}

export class StatsService {
  readonly memory: DocumentMemory;
  readonly state: SyncState;
  readonly follower: Follower;
  readonly refresher: Refresher;
  readonly jobs: ServiceJobs;
  readonly trail: Trail;
  readonly buildCells: () => Promise<void>;
  readonly #o: ServiceOptions;
  readonly #context: RefreshContext;
  readonly #reader: Reader;
  readonly #lists: ListReader;
  readonly #facilityGroups = coalesce(() => facilityGroups(this.#o.sql));
  readonly #historiesUnderWay: HistoriesUnderWay = new UnderWay();
  readonly #listeners = new Set<() => void>();
  #lastLagMs: number | null = null;

  constructor(options: ServiceOptions) {
    this.#o = options;
    const { sql, config, log, now, observer, platform } = options;
    this.memory = options.memory ?? new DocumentMemory(config.CACHE_MAX_BYTES);
    this.state = options.state ?? newSyncState();
    this.#context = refreshContext(sql, config);
    const { memory, state } = this;
    this.follower = new Follower({ sql, memory, state, log, now, onChange: () => this.#changed() });
    this.refresher = new Refresher({
      ...{ state, log, now, observer, platform },
      context: this.#context,
      follower: this.follower,
      readersWaitMs: config.REFRESH_HARD_TIMEOUT_MS,
    });
    const { refresher } = this;
    this.trail = new Trail({ sql, log, now });
    this.buildCells = cellBuilder(this.#context, log, now);
    this.#reader = new Reader({
      ...{ memory, state, log, now },
      sync: this.follower.sync,
      refresh: (asked) => this.#tracked(refresher.forReaders(asked)),
      load: (wanted) => loadStatistics(sql, wanted),
      beforeRead: platform.catchUp,
      requireServable: () => this.requireTimeZone(),
      behindAfterMs: platform.behindAfterMs,
      staleWhileRevalidateMs: config.STALE_WHILE_REVALIDATE_SECONDS * 1000,
      staleIfErrorMs: config.STALE_IF_ERROR_SECONDS * 1000,
      softTimeoutMs: config.REFRESH_SOFT_TIMEOUT_MS,
      hardTimeoutMs: config.REFRESH_HARD_TIMEOUT_MS,
    });
    const withinMs = config.REFRESH_HARD_TIMEOUT_MS;
    this.#lists = new ListReader({
      ...{ memory, now },
      isAway: () => this.databaseAway,
      read: (key, asked) => this.read(() => [key], asked),
      // The bound is for the load, and not for what may then be answered from memory.
      load: (query, { traceId }) => this.#ask(() => readList(this.#context, query, { traceId, withinMs })),
      refresh: (asked) => this.#ask(() => refresher.forReaders(asked)),
    });
    const jobs = jobCatalogue({
      sql,
      config,
      refresh: (how) => refresher.refresh(how),
      audit: () => auditAndRepair(this.#context, log, observer, () => refresher.refresh()),
    });
    this.jobs = new ServiceJobs(options, jobs);
  }

  /** @throws see Reader.read, and TimeZoneMismatchError */
  read(choose: (snapshot: Snapshot) => readonly string[], options?: ReadOptions): NowOrLater<Reading> {
    const reading = this.#reader.read(choose, options);
    return reading instanceof Promise ? this.#tracked(reading) : reading;
  }

  /** What was kept of a scope on the days before that of `reading`. */
  history(reading: Reading, key: string): NowOrLater<{ reading: Reading; days: readonly KeptDay[] }> {
    const { history } = this.memory;
    const days = history.kept(reading.snapshot, key);
    if (days) return { reading, days };
    const load = () => this.#ask(() => loadHistory(this.#o.sql, key));
    return history.load(load, reading.snapshot, key, this.#historiesUnderWay).then((loaded) => ({
      reading: withLoaded(reading, true),
      days: loaded,
    }));
  }

  /** A part of a list, of the state that its document is of or a later one. @throws as `read` */
  list(query: ListQuery, options: ReadOptions = {}): NowOrLater<ListReading> {
    return this.#lists.read(query, options);
  }

  /** What an operator wants to know, of this node too. */
  async status(): Promise<
    ServiceStatus & { node: string; lastLagMs: number | null; behindMs: number | null }
  > {
    const status = await this.#ask(() => readStatus(this.#o.sql));
    const behindMs = this.#o.now() - this.state.caughtUpAt;
    return {
      ...status,
      node: this.#o.node,
      lastLagMs: this.#lastLagMs,
      behindMs: Number.isFinite(behindMs) ? Math.round(behindMs) : null,
    };
  }

  /** @param ms upper bound of commit to servable, of a change */
  lag(ms: number): void {
    this.#lastLagMs = Math.round(ms);
    this.#o.observer.lag(ms);
  }

  /** Resolves when memory is as new as this platform promises; never rejects. */
  async catchUp(): Promise<void> {
    await this.#o.platform.catchUp?.();
  }

  /** Calls back whenever this node may have newer documents. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** @throws UnknownScopeError for groups that have no figures */
  keysOfGroups(groups: readonly string[]): Promise<string[]> {
    return this.#ask(() => keysOfGroups(groups, this.#facilityGroups));
  }

  /** @throws UnknownScopeError for keys or projects that do not exist */
  invalidate(target: InvalidationTarget, traced: Traced = {}): Promise<{ revision: number; keys: string[] }> {
    return askDatabase(async () => {
      const done = await invalidate(this.#context, await this.#keysOf(target), traced);
      this.memory.invalidate(done.keys, done.revision);
      return done;
    });
  }

  /** undefined: all. @throws UnknownScopeError */
  async #keysOf(target: InvalidationTarget): Promise<readonly string[] | undefined> {
    await this.follower.sync();
    if ('all' in target) return undefined;
    if ('keys' in target) {
      await this.#requireKnown(target.keys);
      return target.keys;
    }
    // A scope that was added a moment ago has no document yet, and so nothing to invalidate.
    const known = this.memory.snapshot?.entries;
    return (await keysOfProjects(this.#o.sql, target.projectIds)).filter((key) => known?.has(key));
  }

  /** Computes everything now. @throws UnknownScopeError, TimeZoneMismatchError */
  async recompute(request: {
    keys?: readonly string[] | undefined;
    full?: boolean | undefined;
    traceId?: string | undefined;
  }): Promise<RefreshResult> {
    return askDatabase(async () => {
      await this.follower.sync();
      if (request.keys) await this.#requireKnown(request.keys);
      // A node for another zone would take the database away from all that are right.
      this.requireTimeZone();
      const result = await (request.full
        ? this.refresher.recomputeFromTables(request)
        : this.refresher.recompute(request));
      return { ...result, items: result.items.filter((item) => request.keys?.includes(item.key) ?? true) };
    });
  }

  storeActivities(activities: readonly ActivityRow[]): Promise<StoredActivities> {
    return askDatabase(() => storeActivities(this.#o.sql, activities));
  }

  // What /readyz judges.

  get isStarting(): boolean {
    return this.#o.platform.isStarting?.() ?? false;
  }

  /** Why what memory holds may not be the present, and since when (ms of the node's clock); undefined where it is. */
  get unconfirmed(): ReturnType<typeof whyLacking> {
    if (this.databaseAway || this.silentForMs > this.#o.platform.confirmedForMs)
      return { reason: 'database-away', since: this.state.syncedAt };
    return whyLacking(this.state, this.#o.now(), this.#o.platform.behindAfterMs);
  }

  /** Whether memory may lack commits for longer than is promised. */
  get isBehind(): boolean {
    return this.#o.now() - this.state.caughtUpAt > this.#o.platform.behindAfterMs;
  }

  /** ms since memory was last found to be what the table holds; Infinity before the first time. */
  get silentForMs(): number {
    return this.#o.now() - this.state.syncedAt;
  }

  /** Whether the database did not answer when it was last asked, or not for long. */
  get databaseAway(): boolean {
    return this.state.failure !== undefined || this.silentForMs > this.#o.platform.awayAfterMs;
  }

  /** Whether it counts as away because something of our schema was missing when it was last asked. */
  get schemaMissing(): boolean {
    return this.state.failure === 'not migrated';
  }

  /** The zone of what memory holds is not the node's: it must not serve it. */
  get timeZoneMismatch(): TimeZoneMismatchError | undefined {
    const { STATS_TIME_ZONE: timeZone } = this.#o.config;
    const kept = this.memory.snapshot?.timeZone ?? timeZone;
    return isSameZone(kept, timeZone) ? undefined : new TimeZoneMismatchError(kept, timeZone);
  }

  requireTimeZone(): void {
    const mismatch = this.timeZoneMismatch;
    if (mismatch) throw mismatch;
  }

  readonly triggerState: () => Promise<TriggerState> = coalesce(() => triggerState(this.#o.sql));

  async #requireKnown(keys: readonly string[]): Promise<void> {
    const { memory } = this;
    // Before the first refresh no scope is known.
    if (memory.snapshot?.entries.size === 0) await this.refresher.refresh();
    if (memory.snapshot) entriesOf(memory.snapshot, keys);
  }

  /** For a reader, who waits for it no longer than for a refresh. */
  #ask<T>(work: () => Promise<T>): Promise<T> {
    return askDatabase(work, this.#o.config.REFRESH_HARD_TIMEOUT_MS);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#o.platform.track?.(work);
    return work;
  }
}
