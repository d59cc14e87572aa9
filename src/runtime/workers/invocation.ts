import { setTimeout as sleep } from 'node:timers/promises';
import { RETRY_AFTER_FAILURE_MS } from '../../cache/reader.ts';
import { caughtUp } from '../../cache/sync-state.ts';
import { isOutage } from '../../db/failures.ts';
import type { RefreshResult } from '../../engine/refresh.ts';
import { isPending } from '../../engine/sql/due-work.ts';
import { endSilentSessions } from '../../engine/sql/end-silent-sessions.ts';
import { type DueRun, dueRuns, takeOvers } from '../../jobs/due.ts';
import { orphanedRuns } from '../../jobs/sql/job-runs.ts';
import { deliverQueued } from '../../outbox/deliver.ts';
import { outboxContext } from '../../service/contexts.ts';
import { type ServiceOptions, StatsService } from '../../service/service.ts';
import { withTimeout } from '../../timing/with-timeout.ts';

export interface InvocationOptions extends Omit<ServiceOptions, 'platform'> {
  /** The platform's clock started it: it has the time to wait for others and to build cells. Default: false, a request. */
  tick?: boolean;
}

/** For a sync and a refresh, beyond EDGE_FRESH_SECONDS; after it what is served is labelled. */
const GRACE_MS = 1_000;
/** Between two ticks. What was due before the last one was missed. */
const CALLED_EVERY_MS = 60_000;
/** How long a tick waits for the refresh of a reader. */
const TICK_LOCK_MS = 30_000;
/** How often a reader asks whether another invocation has caught up. */
const SHARE_INTERVAL_MS = 5;
/** What the outbox may deliver later than this is left to the next tick. */
const DELIVER_SOON_MS = 1_500;

/**
 * The service for one request or one tick of a platform without long-lived processes, such as Cloudflare Workers: no
 * timer, no LISTEN, no poll. Its `sql` and its promises belong to this invocation alone; memory and state, which are plain
 * data, are the isolate's.
 */
export class Invocation {
  readonly service: StatsService;
  readonly #o: InvocationOptions;
  /** Work that an answer does not wait for. */
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: InvocationOptions) {
    this.#o = options;
    this.service = new StatsService({
      ...options,
      platform: {
        behindAfterMs: options.config.EDGE_FRESH_SECONDS * 1000 + GRACE_MS,
        confirmedForMs: Number.POSITIVE_INFINITY,
        awayAfterMs: Number.POSITIVE_INFINITY,
        ...(options.tick ? { lockMs: TICK_LOCK_MS } : {}),
        catchUp: () => this.#catchUp(),
        afterRefresh: (result) => this.#afterRefresh(result),
        track: (work) => this.#track(work),
      },
    });
  }

  /**
   * Runs the jobs that are due and those that another node did not live to finish, and refreshes what nobody has read.
   * Resolves when all of it has ended.
   */
  async runDue(scheduledAt: Date): Promise<void> {
    const { service } = this;
    const { sql, config, log } = this.#o;
    try {
      await service.follower.sync();
      service.requireTimeZone();
      await endSilentSessions(sql, log);
      await service.buildCells();
      // First: the claim of another time of its job would end such a run as failed.
      await this.#runAll(takeOvers(service.jobs.all, await orphanedRuns(sql)));
      const calledBefore = new Date(scheduledAt.getTime() - CALLED_EVERY_MS);
      await this.#runAll(dueRuns(service.jobs.all, config.STATS_TIME_ZONE, scheduledAt, calledBefore));
      await service.refresher.refresh();
      await this.#deliver();
    } finally {
      await this.settled();
    }
  }

  /** Resolves when nothing of this invocation uses the database any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /**
   * Where memory is older than EDGE_FRESH_SECONDS, refreshes what has changed; what takes longer than the soft timeout goes
   * on behind the answer. After a failure the next try is a second later.
   */
  async #catchUp(): Promise<void> {
    const { now, config } = this.#o;
    const { state } = this.service;
    const { REFRESH_SOFT_TIMEOUT_MS: softMs, EDGE_FRESH_SECONDS } = config;
    const freshMs = EDGE_FRESH_SECONDS * 1000;
    const began = now();
    if (began - state.caughtUpAt < freshMs || began - state.refreshFailedAt < RETRY_AFTER_FAILURE_MS) return;
    if (began - state.catchUpBegunAt < Math.min(softMs, freshMs)) return this.#awaitOther(softMs);
    state.catchUpBegunAt = began;
    const work = this.#refreshChanges();
    this.#track(work);
    try {
      await withTimeout(softMs, work, () => new Error('It takes too long for a reader.'));
    } catch {
      state.refreshFailedAt = now();
    }
  }

  /** Another invocation of the isolate catches up: what it brings can be shared, its promise cannot. */
  async #awaitOther(softMs: number): Promise<void> {
    const { state } = this.service;
    const begunAt = state.catchUpBegunAt;
    const ended = () => state.caughtUpAt >= begunAt || state.refreshFailedAt >= begunAt;
    while (!ended() && this.#o.now() - begunAt < softMs) await sleep(SHARE_INTERVAL_MS);
  }

  async #refreshChanges(): Promise<void> {
    const { sql, config, log, now } = this.#o;
    const { service } = this;
    const began = now();
    try {
      // In this order: what another node refreshes between the two questions comes with the sync.
      const changed = await isPending(sql, config.STATS_TIME_ZONE).finally(service.follower.sync);
      if (changed) await service.refresher.refresh({ withinMs: config.REFRESH_HARD_TIMEOUT_MS });
      else caughtUp(service.state, began);
    } catch (error) {
      service.state.refreshFailedAt = now();
      // The follower has logged that the database is away.
      if (!isOutage(error))
        log.warn(
          { err: error },
          'What has changed could not be refreshed; a later reader or the next tick tries again.',
        );
      throw error;
    }
  }

  #afterRefresh({ outcome, scanned }: RefreshResult): void {
    if (outcome === 'done') this.#track(this.#deliver());
    if (scanned && this.#o.tick) this.#track(this.service.buildCells());
  }

  async #runAll(runs: readonly DueRun[]): Promise<void> {
    const ended = await Promise.allSettled(
      runs.map(({ job, scheduledAt, missed }) => this.service.jobs.run(job, scheduledAt, missed)),
    );
    for (const end of ended) {
      if (end.status === 'rejected')
        this.#o.log.error({ err: end.reason }, 'A scheduled job could not be recorded.');
    }
  }

  /** Delivers what is queued for the application's hub and its log of events; never rejects. */
  async #deliver(): Promise<void> {
    const { sql, config, log } = this.#o;
    const context = outboxContext(sql, config);
    try {
      const dueInMs = await deliverQueued(context);
      if (dueInMs === undefined || dueInMs > DELIVER_SOON_MS) return;
      await sleep(dueInMs);
      await deliverQueued(context);
    } catch (error) {
      if (isOutage(error)) return;
      log.warn({ err: error }, 'Could not write to the application’s real-time tables; it stays queued.');
    }
  }

  #track(work: Promise<unknown>): void {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
  }
}
