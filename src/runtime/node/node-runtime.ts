import { CONFIRMED_MS } from '../../cache/reader.ts';
import { caughtUp } from '../../cache/sync-state.ts';
import { isOutage } from '../../db/failures.ts';
import { Poller } from '../../engine/poll.ts';
import type { RefreshResult } from '../../engine/refresh.ts';
import { orphanedRuns } from '../../jobs/sql/job-runs.ts';
import { Outbox } from '../../outbox/outbox.ts';
import { outboxContext } from '../../service/contexts.ts';
import { type ServiceOptions, StatsService } from '../../service/service.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { withTimeout } from '../../timing/with-timeout.ts';
import { CronSchedule } from './cron.ts';

export interface NodeRuntimeOptions extends Omit<ServiceOptions, 'platform'> {
  /** Subscribes to announcements; `onHint` is called for each, and on each (re)connect. Absent, or undefined: comparing alone. */
  listen?: (onHint: () => void) => { close(): Promise<void> } | undefined;
}

/** For a poll and a refresh; after it what is served is labelled. */
const GRACE_MS = 2_000;
/** Nodes sync twice a second; after this long without an answer the database counts as unreachable. */
const AWAY_AFTER_MS = 3_000;
/** A stop waits so long for a build of cells. */
const BUILD_MS = 500;

/** What makes the service of a Node process work by itself: it follows the table, polls for changes and keeps time. */
export class NodeRuntime {
  readonly service: StatsService;
  readonly #o: NodeRuntimeOptions;
  readonly #poller: Poller;
  readonly #schedule: CronSchedule;
  readonly #outbox: Outbox;
  #listener: { close(): Promise<void> } | undefined;
  #building: Promise<void> = Promise.resolve();
  #filled = false;

  constructor(options: NodeRuntimeOptions) {
    this.#o = options;
    const { sql, config, log, now } = options;
    this.service = new StatsService({
      ...options,
      platform: {
        behindAfterMs: config.POLL_INTERVAL_MS + GRACE_MS,
        confirmedForMs: CONFIRMED_MS,
        awayAfterMs: AWAY_AFTER_MS,
        isStarting: () => !this.#filled,
        afterRefresh: (result) => this.#afterRefresh(result),
      },
    });
    const { service } = this;
    this.#poller = new Poller({
      sql,
      timeZone: config.STATS_TIME_ZONE,
      intervalMs: config.POLL_INTERVAL_MS,
      log,
      now,
      refresh: (statementMs) => service.refresher.refresh({ skipIfBusy: true, statementMs }),
      onLag: (ms) => service.lag(ms),
      onClean: (at) => caughtUp(service.state, at),
    });
    this.#outbox = new Outbox(outboxContext(sql, config), { log, now });
    this.#schedule = new CronSchedule(service.jobs.all, {
      timeZone: config.STATS_TIME_ZONE,
      log,
      run: (job, scheduledAt, missed) =>
        service.jobs.run(job, scheduledAt, missed).catch(service.refresher.noteRefusal),
      orphans: () => orphanedRuns(sql),
    });
  }

  /**
   * Fills the memory and begins to follow and poll. A database that does not answer is waited for.
   *
   * @throws TimeZoneMismatchError
   */
  async start(): Promise<void> {
    const { follower } = this.service;
    // It has logged why it failed, and goes on trying.
    await follower.sync().catch(() => undefined);
    this.service.requireTimeZone();
    follower.start();
    this.#poller.start();
    this.#building = this.service.buildCells();
    this.#outbox.start();
    this.#listener = this.#o.listen?.(() => follower.sync().catch(() => undefined));
  }

  /** Computes what changed while no node was running, so that the first reader gets the present; then begins to keep time. */
  async fill(): Promise<void> {
    try {
      await this.service.read(() => [GLOBAL_KEY], { current: true });
    } catch (error) {
      if (!isOutage(error)) {
        this.#o.log.warn(
          { err: error },
          'The statistics could not be brought up to date at the start; it is tried again.',
        );
      }
    }
    this.#filled = true;
    // What was missed comes after the first answer: it takes the database, and due times some 20 ms of a start.
    this.#schedule.start();
  }

  /** Stops everything of its own; the pool stays open. */
  async close(): Promise<void> {
    await Promise.all([
      this.service.follower.close(),
      this.#schedule.close(),
      this.#poller.close(),
      this.#outbox.close(),
      this.#listener?.close(),
    ]);
    await this.service.jobs.ended();
    // The postgres package waits in vain for a connection that is given back while its pool ends.
    await withTimeout(BUILD_MS, this.#building, () => new Error('late')).catch(() => undefined);
  }

  #afterRefresh(result: RefreshResult): void {
    if (result.outcome === 'done') this.#outbox.kick();
    if (result.scanned) this.#building = this.service.buildCells();
  }
}
