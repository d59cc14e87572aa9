import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import { audit } from '../engine/audit.ts';
import { buildCells } from '../engine/build.ts';
import { type RefreshContext, type RefreshOptions, type RefreshResult, refresh } from '../engine/refresh.ts';
import { triggerState } from '../engine/sql/trigger-state.ts';
import type { Log } from '../log.ts';

/** Told what happened, for /metrics. */
export interface Observer {
  refreshed(result: RefreshResult, durationMs: number): void;
  refreshFailed(): void;
  /** What an audit found that was not exact. */
  audited(mismatches: { projects: number; documents: number }): void;
  /** Upper bound of commit to servable, in ms. */
  lag(ms: number): void;
}

export interface RefresherOptions {
  sql: Sql;
  config: Config;
  log: Log;
  now: () => number;
  observer: Observer;
  /** Waited for after a refresh, so that whoever asked for it reads what it made. */
  look: () => Promise<void>;
}

/** After a build that failed: it may have taken long, and what it failed of may stay. */
const BUILD_AGAIN_MS = 60_000;

/** What refreshes and invalidations need of the settings. */
export function refreshContext(sql: Sql, config: Config): RefreshContext {
  const { STATS_TIME_ZONE: timeZone, STATS_TTL_SECONDS: ttlSeconds, ENGINE: engine } = config;
  return { sql, timeZone, ttlSeconds, engine, notifications: config.NOTIFICATIONS === 'on' };
}

/** One node's use of the engine: measured, logged, and followed by a look at what it made. */
export class Refresher {
  readonly context: RefreshContext;
  readonly #o: RefresherOptions;
  #building = false;
  #buildAgainAt = Number.NEGATIVE_INFINITY;
  /** Set when the node stops: what fails from then on is no news. */
  closed = false;

  constructor(options: RefresherOptions) {
    this.#o = options;
    this.context = refreshContext(options.sql, options.config);
  }

  /** @throws what the engine's `refresh` throws */
  async refresh(options: RefreshOptions): Promise<RefreshResult> {
    const { now, observer, log, look } = this.#o;
    const began = now();
    try {
      const result = await refresh(this.context, options);
      observer.refreshed(result, now() - began);
      const changed = result.items.filter((item) => item.changed).length;
      if (changed > 0)
        log.debug({ revision: result.revision, changed, marks: result.marks }, 'Statistics changed.');
      await look();
      return result;
    } catch (error) {
      observer.refreshFailed();
      throw error;
    }
  }

  /** Nobody waits for it. What fails is tried again after the next scan. */
  async buildCells(): Promise<void> {
    const { log, now } = this.#o;
    if (this.#building || now() < this.#buildAgainAt) return;
    this.#building = true;
    const began = now();
    try {
      if (await buildCells(this.context)) {
        const durationMs = Math.round(now() - began);
        // Where so much changes that cells do not last, building them takes half of the time at most.
        this.#buildAgainAt = now() + durationMs;
        log.info({ durationMs }, 'Refreshes cost what a change costs from now on.');
      }
    } catch (error) {
      this.#buildAgainAt = now() + BUILD_AGAIN_MS;
      const meanwhile =
        'The sums that changes are added to could not be built; until then each refresh is a full scan.';
      if (!this.closed) log.warn({ err: error }, meanwhile);
    } finally {
      this.#building = false;
    }
  }

  /**
   * Compares everything kept with what the tables hold, and mends what differs.
   *
   * @param refresh mends
   * @returns what it found, in words
   */
  async audit(refresh: () => Promise<unknown>): Promise<string> {
    const { sql, log, observer } = this.#o;
    const { wanted } = await triggerState(sql);
    if (!wanted)
      return 'Not compared: changes leave no marks here, so what is kept may be as old as its time to live.';
    const report = await audit(this.context);
    if (!report) throw new Error('Not compared: everything was about to be computed anew each time.');
    const { projects, documents, leftOut } = report;
    const all = leftOut === 0 ? '' : ` Left out, since they were changing: ${leftOut} projects.`;
    observer.audited({ projects: projects.length, documents: documents.length });
    if (projects.length + documents.length === 0) return `Everything kept is exact.${all}`;
    for (const document of documents) log.warn(document, 'The audit found a document that is not exact.');
    if (projects.length > 0) log.warn({ projects }, 'The audit found projects that no mark had told of.');
    await refresh();
    return `${documents.length} documents and ${projects.length} projects differed; they are mended.${all}`;
  }
}
