import { takenIn } from '../../cache/sync-state.ts';
import { POOLED } from '../../db/pooler.ts';
import { Poller } from '../../engine/poll.ts';
import type { RefreshResult } from '../../engine/refresh.ts';
import { orphanedRuns } from '../../jobs/sql/job-runs.ts';
import { Outbox } from '../../outbox/outbox.ts';
import { type CoreOptions, outboxContext, ServiceCore } from '../../service/service.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { CronSchedule } from './cron.ts';
import { SnapshotWatch } from './snapshot-watch.ts';

export interface ServiceOptions extends CoreOptions {
  /** Subscribes to announcements; `onHint` is called for each, and on each (re)connect. Absent, or undefined: comparing alone. */
  listen?: (onHint: () => void) => { close(): Promise<void> } | undefined;
}

/** For a poll and a refresh; after it what is served is labelled. */
const GRACE_MS = 2_000;

/** The whole service of a Node process without HTTP: it follows the table, polls for changes and keeps time by itself. */
export class StatsService extends ServiceCore {
  readonly #o: ServiceOptions;
  readonly #poller: Poller;
  readonly #schedule: CronSchedule;
  readonly #snapshots: SnapshotWatch;
  readonly #outbox: Outbox;
  #listener: { close(): Promise<void> } | undefined;
  /** Until a pooler is found to have come in between. */
  readonly #prepares: boolean;
  #filled = false;

  constructor(options: ServiceOptions) {
    super(options);
    this.#o = options;
    const { sql, config, log, now, observer } = options;
    this.#prepares = sql.options.prepare;
    this.#poller = new Poller({
      sql,
      timeZone: config.STATS_TIME_ZONE,
      intervalMs: config.POLL_INTERVAL_MS,
      log,
      now,
      refresh: async (statementMs) => (await this.refresh({ skipIfBusy: true, statementMs })).outcome,
      onLag: (ms) => observer.lag(ms),
      onClean: (at) => takenIn(this.standing, at),
    });
    this.#snapshots = new SnapshotWatch(sql, log);
    this.#outbox = new Outbox(outboxContext(sql, config), { log, now });
    this.#schedule = new CronSchedule(this.jobs.all, {
      timeZone: config.STATS_TIME_ZONE,
      log,
      run: (job, scheduledAt, missed) => this.jobs.run(job, scheduledAt, missed),
      orphans: () => orphanedRuns(sql),
    });
  }

  /**
   * Fills the memory and begins to follow, poll and keep time. A database that is away is waited for meanwhile.
   *
   * @throws TimeZoneMismatchError
   */
  async start(): Promise<void> {
    await this.follower.look().catch((error) => {
      this.#o.log.warn({ err: error }, 'The database does not answer yet; waiting for it.');
    });
    this.requireTimeZone();
    this.follower.start();
    this.#poller.start();
    void this.buildCells();
    this.#schedule.start();
    this.#snapshots.start();
    this.#outbox.start();
    this.#listener = this.#o.listen?.(() => this.follower.look().catch(() => undefined));
  }

  /** Takes in what changed while no node was running, so that the first reader gets the present. */
  async fill(): Promise<void> {
    await this.read(() => [GLOBAL_KEY], { current: true }).catch((error) => {
      this.#o.log.warn({ err: error }, 'The present statistics are not there yet; readers wait for them.');
    });
    this.#filled = true;
  }

  /** Whether `fill` has been tried: before, what is in memory may be of long ago. */
  get filled(): boolean {
    return this.#filled;
  }

  /** Stops everything of its own; the pool stays open. */
  async close(): Promise<void> {
    this.closing();
    await Promise.all([
      this.follower.close(),
      this.#snapshots.close(),
      this.#schedule.close(),
      this.#poller.close(),
      this.#outbox.close(),
      this.#listener?.close(),
    ]);
    await this.jobs.ended();
  }

  /** It follows the table by itself. */
  async upToDate(): Promise<void> {}

  protected get behindAfterMs(): number {
    return this.#o.config.POLL_INTERVAL_MS + GRACE_MS;
  }

  protected override changed(): void {
    if (this.#listener && this.#o.sql.options.prepare !== this.#prepares) {
      this.#o.log.warn({}, POOLED);
      void this.#listener.close();
      this.#listener = undefined;
    }
    super.changed();
  }

  /** Of the oldest snapshot that another session holds, in seconds. */
  get snapshotAgeSeconds(): number {
    return this.#snapshots.seconds;
  }

  protected override refreshed(result: RefreshResult): void {
    if (result.outcome === 'done') this.#outbox.kick();
    if (result.scanned) void this.buildCells();
  }
}
