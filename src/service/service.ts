/**
 * What a service does on whatever platform: it reads, refreshes, invalidates and runs jobs on demand. What makes it do so
 * by itself (timers, LISTEN, node-cron) is service.ts on Node; at the edge, edge.ts.
 */

import { Follower } from '../cache/follower.ts';
import { DocumentMemory } from '../cache/memory.ts';
import { Reader, type Reading, type ReadOptions } from '../cache/reader.ts';
import type { Snapshot } from '../cache/snapshot.ts';
import { newStanding, type Standing, takenIn } from '../cache/sync-state.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import { askDatabase } from '../db/failures.ts';
import { invalidate } from '../engine/invalidate.ts';
import type { RefreshOptions, RefreshResult } from '../engine/refresh.ts';
import { REVISION_WARNING } from '../engine/revision.ts';
import { type ActivityRow, type StoredActivities, storeActivities } from '../engine/sql/store-activities.ts';
import { type TriggerState, triggerState } from '../engine/sql/trigger-state.ts';
import { TimeZoneMismatchError } from '../errors.ts';
import { classifyProjects, classifySummary } from '../jobs/classify.ts';
import { purge } from '../jobs/purge.ts';
import type { Log } from '../log.ts';
import type { OutboxContext } from '../outbox/deliver.ts';
import { coalesce } from '../timing/coalesce.ts';
import { ServiceJobs } from './jobs.ts';
import { type Observer, Refresher } from './refresher.ts';
import { type InvalidationTarget, Targets } from './targets.ts';

export interface CoreOptions {
  sql: Sql;
  config: Config;
  log: Log;
  /** Names this process among the nodes. */
  node: string;
  /** ms of a clock that never goes back. */
  now: () => number;
  observer: Observer;
  /** What is known already; default: nothing yet. */
  memory?: DocumentMemory;
  standing?: Standing;
}

/** What is owed to the application's hub needs of the settings. */
export function outboxContext(sql: Sql, config: Config): OutboxContext {
  return {
    sql,
    notifications: config.NOTIFICATIONS === 'on',
    notificationTtlSeconds: config.NOTIFICATION_TTL_SECONDS,
  };
}

/** Nodes look twice a second; after this long without an answer the database counts as away. */
const AWAY_AFTER_MS = 3_000;

/** What HTTP and the jobs need of a service. Subclasses say when it looks at the table, and what follows a refresh. */
export abstract class ServiceCore {
  readonly memory: DocumentMemory;
  readonly jobs: ServiceJobs;
  protected readonly follower: Follower;
  protected readonly standing: Standing;
  readonly #o: CoreOptions;
  readonly #reader: Reader;
  readonly #refresher: Refresher;
  readonly #targets: Targets;
  #warnedOfRevision = false;
  readonly #listeners = new Set<() => void>();

  constructor(options: CoreOptions) {
    this.#o = options;
    const { sql, config, log, now, observer } = options;
    this.memory = options.memory ?? new DocumentMemory(config.CACHE_MAX_BYTES);
    this.standing = options.standing ?? newStanding();
    this.follower = new Follower({
      sql,
      memory: this.memory,
      standing: this.standing,
      log,
      now,
      onChange: () => {
        this.#watchRevision();
        this.changed();
      },
    });
    const look = () => this.look();
    this.#refresher = new Refresher({ sql, config, log, now, observer, look });
    this.#targets = new Targets({ sql, memory: this.memory, look, refresh: () => this.refresh({}) });
    this.#reader = new Reader({
      sql,
      memory: this.memory,
      standing: this.standing,
      log,
      now,
      look,
      silentForMs: () => this.silentForMs,
      isBehind: () => this.isBehind,
      bringCurrent: coalesce(async () => {
        await this.refresh({ current: true, withinMs: config.REFRESH_HARD_TIMEOUT_MS });
      }),
      staleWhileRevalidateMs: config.STALE_WHILE_REVALIDATE_SECONDS * 1000,
      staleIfErrorMs: config.STALE_IF_ERROR_SECONDS * 1000,
      softTimeoutMs: config.REFRESH_SOFT_TIMEOUT_MS,
      hardTimeoutMs: config.REFRESH_HARD_TIMEOUT_MS,
    });
    this.jobs = new ServiceJobs(options, {
      refreshExpiring: async (expiringWithinSeconds) =>
        summary(await this.refresh({ expiringWithinSeconds })),
      audit: () => this.audit(),
      classify: async () => classifySummary(await classifyProjects(sql)),
      purge: () =>
        purge(sql, {
          eventDays: config.EVENT_LOG_RETENTION_DAYS,
          runDays: config.JOB_RUNS_RETENTION_DAYS,
          reapAfterSeconds: config.REAP_CONNECTIONS_AFTER,
          refreshAll: () => this.refresh({ force: true }),
        }),
    });
  }

  /** Whether what is in memory is of now: before, it may be of long ago. */
  abstract get filled(): boolean;

  /** Resolves when this node knows what it promises to know by now; never rejects. */
  abstract upToDate(): Promise<void>;

  /** After a refresh of this node and the look that followed. */
  protected abstract refreshed(result: RefreshResult): void;

  /** See Follower.look. */
  protected look(): Promise<void> {
    return this.follower.look();
  }

  /** How long a commit may be missing in memory before what is served is labelled, in ms. */
  protected abstract get behindAfterMs(): number;

  /** Whether commits may be missing in memory for longer than is promised. */
  get isBehind(): boolean {
    return this.#o.now() - this.standing.takenInAt > this.behindAfterMs;
  }

  /** @throws see Reader.read */
  read(choose: (snapshot: Snapshot) => readonly string[], options?: ReadOptions): Promise<Reading> {
    return this.#reader.read(choose, options);
  }

  /** Calls back whenever this node may have newer documents. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  protected changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** What keeps this node from serving what the database holds. */
  get timeZoneMismatch(): TimeZoneMismatchError | undefined {
    const { STATS_TIME_ZONE: timeZone } = this.#o.config;
    const kept = this.memory.snapshot?.timeZone ?? timeZone;
    return kept === timeZone ? undefined : new TimeZoneMismatchError(kept, timeZone);
  }

  /** @throws TimeZoneMismatchError */
  protected requireTimeZone(): void {
    const mismatch = this.timeZoneMismatch;
    if (mismatch) throw mismatch;
  }

  /** @throws UnknownScopeError for groups that have no figures */
  keysOfGroups(groups: readonly string[]): Promise<string[]> {
    return askDatabase(() => this.#targets.keysOfGroups(groups));
  }

  get silentForMs(): number {
    return this.follower.silentForMs;
  }

  /** Whether the database did not answer when it was last asked, or not for long. */
  get databaseAway(): boolean {
    return this.follower.failure !== undefined || this.silentForMs > AWAY_AFTER_MS;
  }

  /** Whether it counts as away because something of our schema was missing when it was last asked. */
  get schemaMissing(): boolean {
    return this.follower.failure === 'not migrated';
  }

  /** @throws UnknownScopeError for keys or projects that do not exist */
  async invalidate(target: InvalidationTarget): Promise<{ revision: number; keys: string[] }> {
    return askDatabase(async () => {
      const wanted = await this.#targets.keysOf(target);
      const done = await invalidate(this.#refresher.context, wanted);
      this.memory.invalidate(done.keys, done.revision);
      return done;
    });
  }

  /** Computes everything now. @throws UnknownScopeError */
  async recompute(request: {
    keys?: readonly string[] | undefined;
    full?: boolean | undefined;
  }): Promise<RefreshResult> {
    return askDatabase(async () => {
      await (request.keys ? this.#targets.requireKnown(request.keys) : this.look());
      // A node for another zone would take the database away from all that are right.
      this.requireTimeZone();
      const result = await (request.full ? this.#computeAnew() : this.#computeAll());
      return { ...result, items: result.items.filter((item) => request.keys?.includes(item.key) ?? true) };
    });
  }

  /** However many ask: one is under way and one waits. */
  readonly #computeAll = coalesce(() => this.refresh({ force: true }));
  readonly #computeAnew = coalesce(() => this.refresh({ force: true, full: true }));

  storeActivities(activities: readonly ActivityRow[]): Promise<StoredActivities> {
    return askDatabase(() => storeActivities(this.#o.sql, activities));
  }

  readonly triggerState: () => Promise<TriggerState> = coalesce(() => triggerState(this.#o.sql));

  protected async refresh(options: RefreshOptions): Promise<RefreshResult> {
    const began = this.#o.now();
    const result = await this.#refresher.refresh(options);
    if (result.outcome !== 'busy') takenIn(this.standing, began);
    this.refreshed(result);
    return result;
  }

  protected buildCells(): Promise<void> {
    return this.#refresher.buildCells();
  }

  protected audit(): Promise<string> {
    return this.#refresher.audit(() => this.refresh({}));
  }

  /** What fails from now on is no news. */
  protected closing(): void {
    this.#refresher.closed = true;
  }

  #watchRevision(): void {
    const revision = this.memory.snapshot?.position.revision ?? 0;
    if (revision < REVISION_WARNING || this.#warnedOfRevision) return;
    this.#warnedOfRevision = true;
    this.#o.log.warn(
      { revision },
      'Half of the revisions that fit into "DashboardStatsCache"."Version" are used.',
    );
  }
}

function summary({ outcome, items, revision }: RefreshResult): string {
  if (outcome === 'idle') return 'Nothing was due.';
  const changed = items.filter((item) => item.changed).length;
  return `${changed} of ${items.length} documents changed; revision ${revision}.`;
}
