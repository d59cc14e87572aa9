import type { Reading, ReadOptions } from '../cache/reader.ts';
import type { Snapshot } from '../cache/snapshot.ts';
import { isAway, isNotMigrated } from '../db/failures.ts';
import { orphanedRuns } from '../db/queries/job-runs.ts';
import { pending } from '../db/queries/pending.ts';
import { flushOutbox, shrinkOutbox } from '../engine/outbox/flush.ts';
import type { RefreshOptions, RefreshResult } from '../engine/refresh.ts';
import { type DueRun, takeOvers } from '../jobs/due.ts';
import { dueNow } from '../jobs/due-now.ts';
import { within } from '../within.ts';
import { type CoreOptions, outboxContext, ServiceCore } from './core.ts';

export interface EdgeOptions extends CoreOptions {
  /** What the isolate knows, from one invocation to the next. */
  memory: NonNullable<CoreOptions['memory']>;
  standing: NonNullable<CoreOptions['standing']>;
  /** For each statement of a fold that a reader began, in ms; default 20,000. */
  foldMs?: number;
}

/** After this share of EDGE_FRESH_SECONDS a reader has the next look made behind its answer. */
const AHEAD = 0.5;
/** A look that takes longer is not waited for: the database counts as away, and memory answers, labelled. */
const LOOK_PATIENCE_MS = 1_000;
/** After a failed look, readers do not wait for another one for so long; nor is one due sooner after a failed fold. */
const LOOK_AGAIN_MS = 1_000;
/** For each statement of a fold that a reader began: the platform lets an invocation live 30 s beyond its answer. */
const FOLD_MS = 20_000;
/** After such a fold took too long, readers leave folding to the tick, which would find the row locked by one after the other. */
const LEFT_TO_TICK_MS = 90_000;
/** How long a tick waits for the fold of a reader. */
const TICK_LOCK_MS = 30_000;
/** While changes are known that are not taken in yet, by another node perhaps, looks are due as often as this. */
const OWED_FRESH_MS = 250;
/** What is owed to the hub later than this is left to the next minute. */
const OWED_SOON_MS = 1_500;

/**
 * The service for one invocation on a platform without long-lived processes, such as Cloudflare Workers: no timer, no
 * LISTEN, no poll. Who reads looks at the table where the last look of the isolate is older than EDGE_FRESH_SECONDS, and
 * folds what has changed. Its `sql` and its promises belong to this invocation alone; only plain data is shared.
 */
export class EdgeService extends ServiceCore {
  readonly #o: EdgeOptions;
  /** Work that an answer does not wait for. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Cells may be built, and other folds waited for: this invocation has the time. */
  #patient = false;
  /** What of the memory whoever listens to this service was last told of. */
  #told: Snapshot | undefined;

  constructor(options: EdgeOptions) {
    super(options);
    this.#o = options;
  }

  get filled(): boolean {
    return this.memory.snapshot !== undefined;
  }

  /** Silence tells nothing, as only readers look; one that waited in vain does, before its connection has given up. */
  override get databaseAway(): boolean {
    return this.follower.failure !== undefined || this.standing.lookFailedAt > this.standing.confirmedAt;
  }

  override async read(
    choose: (snapshot: Snapshot) => readonly string[],
    options: ReadOptions = {},
  ): Promise<Reading> {
    // One that asks for the present folds and looks anyway.
    if (!options.current) await this.upToDate();
    this.requireTimeZone();
    return super.read(choose, options);
  }

  /** Looks and folds if it is time to; what takes too long goes on behind the answer (`settled`). */
  async upToDate(): Promise<void> {
    await this.#lookInTime();
    // Another invocation of the isolate may have brought what this one's streams do not have yet.
    if (this.#told !== this.memory.snapshot) this.changed();
    this.#told = this.memory.snapshot;
  }

  async #lookInTime(): Promise<void> {
    const { now, config } = this.#o;
    const { askedAt, lookBegunAt, lookFailedAt, changesSeenAt, refreshFailedAt } = this.standing;
    const owed = changesSeenAt > Number.NEGATIVE_INFINITY && now() - refreshFailedAt >= LOOK_AGAIN_MS;
    const freshMs = Math.min(
      config.EDGE_FRESH_SECONDS * 1000,
      owed ? OWED_FRESH_MS : Number.POSITIVE_INFINITY,
    );
    if (now() - lookFailedAt < LOOK_AGAIN_MS) return;
    if (now() - askedAt >= freshMs) return this.#lookAndFold();
    // One of the isolate's invocations looks ahead, so that under load nobody waits, and not everybody at once.
    const early = freshMs * AHEAD;
    if (now() - askedAt >= early && now() - lookBegunAt >= early) void this.#tracked(this.#lookAndFold());
  }

  async #lookAndFold(): Promise<void> {
    const { now, config } = this.#o;
    this.standing.lookBegunAt = now();
    const asked = this.#tracked(this.#ask());
    // Also where the answer comes too late for this reader.
    const folded = this.#tracked(asked.then((found) => (found ? this.#fold() : undefined)));
    const found = await patiently(LOOK_PATIENCE_MS, asked);
    if (found) await patiently(config.REFRESH_SOFT_TIMEOUT_MS, folded);
    if (found === undefined) this.standing.lookFailedAt = now();
  }

  /** Whether anything waits to be folded. What another node folds meanwhile comes with the look, which is made in any case. */
  async #ask(): Promise<boolean> {
    const { sql, now, config, log } = this.#o;
    const began = now();
    try {
      // One after the other: a second connection costs more than a second question.
      const found = await pending(sql, config.STATS_TIME_ZONE).finally(() => this.follower.look());
      if (found) this.standing.changesSeenAt = now();
      else this.#takenIn(began);
      this.standing.askedAt = Math.max(this.standing.askedAt, began);
      return found;
    } catch (error) {
      if (isNotMigrated(error)) this.standing.failure = 'not migrated';
      if (!isAway(error)) log.warn({ err: error }, 'Whether anything has changed could not be asked.');
      throw error;
    }
  }

  /** Never rejects. */
  async #fold(): Promise<void> {
    const { now, log, foldMs = FOLD_MS } = this.#o;
    const began = now();
    if (began - this.standing.foldTooLongAt < LEFT_TO_TICK_MS) return;
    try {
      await this.refresh({ skipIfBusy: true, withinMs: foldMs });
    } catch (error) {
      this.standing.refreshFailedAt = now();
      if (now() - began >= foldMs) this.standing.foldTooLongAt = now();
      log.warn({ err: error }, 'Folding what changed failed; a later reader or the next tick tries again.');
    }
  }

  /**
   * Runs what is due now and what another node did not live to finish, and folds what nobody has read. Resolves when all of
   * it has ended.
   */
  async runDue(scheduledAt: Date): Promise<void> {
    this.#patient = true;
    const { sql, config } = this.#o;
    await this.follower.look();
    this.requireTimeZone();
    await this.buildCells();
    // First: the claim of another time of its job would end such a run as failed.
    await this.#runAll(takeOvers(this.jobs, await orphanedRuns(sql)));
    await this.#runAll(dueNow(this.jobs, config.STATS_TIME_ZONE, scheduledAt));
    // Whatever no reader has asked for, and no job; what readers do not get done, too.
    await this.refresh({});
    await this.#payOwed();
    await this.settled();
  }

  async #runAll(runs: readonly DueRun[]): Promise<void> {
    const ended = await Promise.allSettled(
      runs.map(({ job, scheduledAt, missed }) => this.run(job, scheduledAt, missed)),
    );
    for (const end of ended) {
      if (end.status === 'rejected')
        this.#o.log.error({ err: end.reason }, 'A scheduled job could not be recorded.');
    }
  }

  /** Resolves when nothing of this invocation uses the database any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  protected override refresh(options: RefreshOptions): Promise<RefreshResult> {
    const began = this.#o.now();
    const waiting = this.#patient ? { lockMs: TICK_LOCK_MS, ...options } : options;
    return this.#tracked(
      super.refresh(waiting).then((result) => {
        if (result.outcome !== 'busy') this.#takenIn(began);
        return result;
      }),
    );
  }

  /** Whatever was marked up to `at` is in memory; what another invocation saw later may not be. */
  #takenIn(at: number): void {
    const { standing } = this;
    standing.askedAt = Math.max(standing.askedAt, at);
    if (standing.changesSeenAt <= at) standing.changesSeenAt = Number.NEGATIVE_INFINITY;
    standing.foldTooLongAt = Number.NEGATIVE_INFINITY;
  }

  /** Nobody else takes the marks, and it can compare everything only in a snapshot without any. */
  protected override async audit(): Promise<string> {
    await this.refresh({});
    return super.audit();
  }

  protected override refreshed({ outcome, scanned }: RefreshResult): void {
    if (outcome === 'done') void this.#tracked(this.#payOwed());
    if (scanned && this.#patient) void this.#tracked(this.buildCells());
  }

  /** What the application's hub and its log of events are owed; Node nodes pay too, whoever comes first. */
  async #payOwed(): Promise<void> {
    const { sql, config, log } = this.#o;
    const context = outboxContext(sql, config);
    try {
      const next = await flushOutbox(context);
      if (next === undefined || next > OWED_SOON_MS) return;
      await new Promise((resolve) => setTimeout(resolve, next));
      await flushOutbox(context);
    } catch (error) {
      if (isAway(error)) return;
      log.warn(
        { err: error },
        'Could not write to the application’s real-time tables; what is owed is kept.',
      );
      await shrinkOutbox(context).catch(() => undefined);
    }
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }
}

/** undefined when it takes longer or fails. */
function patiently<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return within(ms, work, () => new Error('late')).catch(() => undefined);
}
