/**
 * What a service does on whatever platform: it reads, refreshes, invalidates and runs jobs on demand. What makes it do so
 * by itself (timers, LISTEN, node-cron) is service.ts on Node; at the edge, edge.ts.
 */
import { coalesce } from '../cache/coalesce.ts';
import { Follower } from '../cache/follower.ts';
import { DocumentMemory } from '../cache/memory.ts';
import { Reader, type Reading, type ReadOptions } from '../cache/reader.ts';
import { entriesOf, type Snapshot } from '../cache/snapshot.ts';
import { newStanding, type Standing } from '../cache/standing.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import { databaseFailure, isNotMigrated } from '../db/failures.ts';
import { facilityGroups } from '../db/queries/facility-groups.ts';
import { type JobRun, lastRuns } from '../db/queries/job-runs.ts';
import { type ActivityRow, type StoredActivities, storeActivities } from '../db/queries/store-activities.ts';
import { type TriggerState, triggerState } from '../db/queries/trigger-state.ts';
import { audit } from '../engine/audit.ts';
import { buildCells } from '../engine/build-cells.ts';
import { invalidate } from '../engine/invalidate.ts';
import type { OutboxContext } from '../engine/outbox/flush.ts';
import { type RefreshContext, type RefreshOptions, type RefreshResult, refresh } from '../engine/refresh.ts';
import { REVISION_WARNING } from '../engine/revision.ts';
import { scopesOfProjects } from '../engine/scopes-of-projects.ts';
import { TimeZoneMismatchError, UnknownScopeError } from '../errors.ts';
import { type Job, jobCatalogue } from '../jobs/catalogue.ts';
import { classifyProjects, classifySummary } from '../jobs/classify.ts';
import { dueTimes } from '../jobs/due.ts';
import { purge } from '../jobs/purge.ts';
import { type JobOutcome, runJob } from '../jobs/runner.ts';
import type { Log } from '../log.ts';
import { GLOBAL_KEY, scopeKey } from '../stats/keys.ts';

/** Told what happened, for /metrics. */
export interface Observer {
  refreshed(result: RefreshResult, durationMs: number): void;
  refreshFailed(): void;
  /** What an audit found that was not exact. */
  audited(mismatches: { projects: number; documents: number }): void;
  /** Upper bound of commit to servable, in ms. */
  lag(ms: number): void;
}

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

/** What a caller may ask to be invalidated; exactly one. */
export type InvalidationTarget =
  | { keys: readonly string[] }
  | { projectIds: readonly string[] }
  | { all: true };

/** What refreshes and invalidations need of the settings. */
export function refreshContext(sql: Sql, config: Config): RefreshContext {
  const { STATS_TIME_ZONE: timeZone, STATS_TTL_SECONDS: ttlSeconds, ENGINE: engine } = config;
  return { sql, timeZone, ttlSeconds, engine, notifications: config.NOTIFICATIONS === 'on' };
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

/** After a build that failed: it may have taken long, and what it failed of may stay. */
const BUILD_AGAIN_MS = 60_000;

/** What HTTP and the jobs need of a service. Subclasses say when it looks at the table, and what follows a refresh. */
export abstract class ServiceCore {
  readonly memory: DocumentMemory;
  readonly jobs: readonly Job[];
  protected readonly follower: Follower;
  protected readonly standing: Standing;
  readonly #o: CoreOptions;
  readonly #reader: Reader;
  #warnedOfRevision = false;
  readonly #listeners = new Set<() => void>();
  #building = false;
  /** After a build that failed, the next one waits until then. */
  #buildAgainAt = Number.NEGATIVE_INFINITY;
  protected closed = false;
  protected readonly running = new Map<string, Promise<unknown>>();

  constructor(options: CoreOptions) {
    this.#o = options;
    const { sql, config, log, now } = options;
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
    this.#reader = new Reader({
      sql,
      memory: this.memory,
      standing: this.standing,
      log,
      now,
      look: this.follower.look,
      silentForMs: () => this.silentForMs,
      bringCurrent: coalesce(() => this.#bringCurrent()),
      staleWhileRevalidateMs: config.STALE_WHILE_REVALIDATE_SECONDS * 1000,
      staleIfErrorMs: config.STALE_IF_ERROR_SECONDS * 1000,
      softTimeoutMs: config.REFRESH_SOFT_TIMEOUT_MS,
      hardTimeoutMs: config.REFRESH_HARD_TIMEOUT_MS,
    });
    this.jobs = jobCatalogue(
      {
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
      },
      {
        refreshExpired: config.CRON_REFRESH_EXPIRED,
        audit: config.CRON_AUDIT,
        classify: config.CRON_CLASSIFY,
        purge: config.CRON_PURGE,
      },
    );
  }

  /** Whether what is in memory is of now: before, it may be of long ago. */
  abstract get filled(): boolean;

  /** Resolves when this node knows what it promises to know by now; never rejects. */
  abstract upToDate(): Promise<void>;

  /** After a refresh of this node and the look that followed. */
  protected abstract refreshed(result: RefreshResult): void;

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

  /** @throws TimeZoneMismatchError */
  protected requireTimeZone(): void {
    const { STATS_TIME_ZONE: timeZone } = this.#o.config;
    const kept = this.memory.snapshot?.timeZone ?? timeZone;
    if (kept !== timeZone) throw new TimeZoneMismatchError(kept, timeZone);
  }

  /**
   * The keys whose figures concern SignalR groups of the application.
   *
   * @throws UnknownScopeError for groups that have no figures
   */
  async keysOfGroups(groups: readonly string[]): Promise<string[]> {
    const facilities = groups.some((group) => group !== 'all_users' && !group.startsWith('region_'))
      ? await this.#facilityGroups()
      : [];
    const keys = groups.map((group) => {
      if (group === 'all_users') return [GLOBAL_KEY];
      if (group.startsWith('region_')) return [scopeKey('regional', group.slice('region_'.length))];
      return facilities.filter((one) => one.group === group).map(({ name }) => scopeKey('facility', name));
    });
    const unknown = groups.filter((_, i) => keys[i]?.length === 0);
    if (unknown.length > 0) throw new UnknownScopeError(unknown, undefined);
    return keys.flat();
  }

  readonly #facilityGroups = coalesce(() => this.#asking(() => facilityGroups(this.#o.sql)));

  get silentForMs(): number {
    return this.follower.silentForMs;
  }

  /** Whether the database did not answer when it was last asked, or not for long. */
  get databaseAway(): boolean {
    return this.follower.failure !== undefined || this.silentForMs > AWAY_AFTER_MS;
  }

  /** Whether it counts as away because something of our schema was missing when it was last asked. */
  get schemaMissing(): boolean {
    return isNotMigrated(this.follower.failure ?? {});
  }

  /** @throws UnknownScopeError for keys or projects that do not exist */
  async invalidate(target: InvalidationTarget): Promise<{ revision: number; keys: string[] }> {
    return this.#asking(async () => {
      const wanted = await this.#keysOf(target);
      const done = await invalidate(this.#context, wanted);
      this.memory.invalidate(done.keys, done.revision);
      return done;
    });
  }

  /** Computes everything now. @throws UnknownScopeError */
  async recompute(request: {
    keys?: readonly string[] | undefined;
    full?: boolean | undefined;
  }): Promise<RefreshResult> {
    return this.#asking(async () => {
      if (request.keys) await this.#requireKnown(request.keys);
      const result = await (request.full ? this.#computeAnew() : this.#computeAll());
      return { ...result, items: result.items.filter((item) => request.keys?.includes(item.key) ?? true) };
    });
  }

  /** However many ask: one is under way and one waits. */
  readonly #computeAll = coalesce(() => this.refresh({ force: true }));
  readonly #computeAnew = coalesce(() => this.refresh({ force: true, full: true }));

  storeActivities(activities: readonly ActivityRow[]): Promise<StoredActivities> {
    return this.#asking(() => storeActivities(this.#o.sql, activities));
  }

  lastRuns(limit: number): Promise<JobRun[]> {
    return this.#asking(() => lastRuns(this.#o.sql, limit));
  }

  /** When a job runs next; null when it is off. */
  nextRun(name: string): Date | null {
    const job = this.jobs.find((one) => one.name === name);
    if (!job || job.schedule === 'off') return null;
    return dueTimes(job.schedule, this.#o.config.STATS_TIME_ZONE).next(new Date()) ?? null;
  }

  /** Runs a job now, outside its schedule. */
  runJob(job: Job): Promise<{ outcome: JobOutcome; detail: string }> {
    return this.#asking(() => this.run(job, new Date()));
  }

  readonly triggerState: () => Promise<TriggerState> = coalesce(() => triggerState(this.#o.sql));

  get #context(): RefreshContext {
    return refreshContext(this.#o.sql, this.#o.config);
  }

  /** A job never overlaps itself here, however it was started. */
  protected run(
    job: Job,
    scheduledAt: Date,
    missed = false,
  ): Promise<{ outcome: JobOutcome; detail: string }> {
    if (this.running.has(job.name))
      return Promise.resolve({ outcome: 'elsewhere', detail: 'It is running already.' });
    const { sql, log, node } = this.#o;
    const run = runJob({ sql, log, node }, job, scheduledAt, missed).finally(() =>
      this.running.delete(job.name),
    );
    this.running.set(job.name, run);
    return run;
  }

  protected async refresh(options: RefreshOptions): Promise<RefreshResult> {
    const { now, observer, log } = this.#o;
    const began = now();
    try {
      const result = await refresh(this.#context, options);
      observer.refreshed(result, now() - began);
      const changed = result.items.filter((item) => item.changed).length;
      if (changed > 0)
        log.debug({ revision: result.revision, changed, marks: result.marks }, 'Statistics changed.');
      await this.follower.look();
      this.refreshed(result);
      return result;
    } catch (error) {
      observer.refreshFailed();
      throw error;
    }
  }

  /** Nobody waits for it. What fails is tried again after the next scan. */
  protected async buildCells(): Promise<void> {
    const { log, now } = this.#o;
    if (this.#building || now() < this.#buildAgainAt) return;
    this.#building = true;
    const began = now();
    try {
      if (await buildCells(this.#context))
        log.info({ durationMs: Math.round(now() - began) }, 'Built what changes are folded into.');
    } catch (error) {
      this.#buildAgainAt = now() + BUILD_AGAIN_MS;
      if (!this.closed)
        log.warn(
          { err: error },
          'Could not build what changes are folded into; until then each refresh is a full scan.',
        );
    } finally {
      this.#building = false;
    }
  }

  async #bringCurrent(): Promise<void> {
    await this.refresh({ current: true, withinMs: this.#o.config.REFRESH_HARD_TIMEOUT_MS });
  }

  protected async audit(): Promise<string> {
    const { log, observer } = this.#o;
    const report = await audit(this.#context);
    if (!report) throw new Error('Not compared: everything was about to be computed anew each time.');
    const { projects, documents, leftOut } = report;
    const all = leftOut === 0 ? '' : ` Left out, since they were changing: ${leftOut} projects.`;
    observer.audited({ projects: projects.length, documents: documents.length });
    if (projects.length + documents.length === 0) return `Everything kept is exact.${all}`;
    for (const document of documents) log.warn(document, 'The audit found a document that is not exact.');
    if (projects.length > 0) log.warn({ projects }, 'The audit found projects that no mark had told of.');
    await this.refresh({});
    return `${documents.length} documents and ${projects.length} projects differed; they are mended.${all}`;
  }

  async #keysOf(target: InvalidationTarget): Promise<readonly string[] | undefined> {
    if ('all' in target) return undefined;
    if ('keys' in target) {
      await this.#requireKnown(target.keys);
      return target.keys;
    }
    await this.follower.look();
    const found = await scopesOfProjects(this.#o.sql, target.projectIds);
    const ids = new Set(found.map((project) => project.projectId));
    const unknown = target.projectIds.filter((id) => !ids.has(id.toLowerCase()));
    if (unknown.length > 0) throw new UnknownScopeError(unknown, undefined);
    const keys = found.flatMap(({ region, facility }) => [
      GLOBAL_KEY,
      ...(region === null ? [] : [scopeKey('regional', region)]),
      ...(facility === null ? [] : [scopeKey('facility', facility)]),
    ]);
    // A scope that was added a moment ago has no document yet, and so nothing to invalidate.
    return [...new Set(keys)].filter((key) => this.memory.snapshot?.entries.has(key));
  }

  async #requireKnown(keys: readonly string[]): Promise<void> {
    await this.follower.look();
    // Nobody has computed anything yet: what there is shows when it is.
    if (this.memory.snapshot?.entries.size === 0) await this.refresh({});
    if (this.memory.snapshot) entriesOf(this.memory.snapshot, keys);
  }

  /** @throws DatabaseUnavailableError or RefreshTimeoutError where the database is the cause */
  async #asking<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error) => {
      throw databaseFailure(error);
    });
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
