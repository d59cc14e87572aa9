import type { Reading, ReadOptions } from '../../cache/reader.ts';
import type { Snapshot } from '../../cache/snapshot.ts';
import { isUnreachable } from '../../db/failures.ts';
import type { RefreshOptions, RefreshResult } from '../../engine/refresh.ts';
import { type DueRun, takeOvers } from '../../jobs/due.ts';
import { orphanedRuns } from '../../jobs/sql/job-runs.ts';
import { boundQueue, deliverQueued } from '../../outbox/deliver.ts';
import { type CoreOptions, outboxContext, ServiceCore } from '../../service/service.ts';
import { dueNow } from './due-now.ts';
import { EdgeLooks } from './reader-sync.ts';

export interface EdgeOptions extends CoreOptions {
  /** What the isolate knows, from one invocation to the next. */
  memory: NonNullable<CoreOptions['memory']>;
  standing: NonNullable<CoreOptions['standing']>;
  /** See EdgeLooks. */
  foldMs?: number;
}

/** For a look and a fold, beyond EDGE_FRESH_SECONDS; after it what is served is labelled. */
const GRACE_MS = 1_000;
/** How long a tick waits for the fold of a reader. */
const TICK_LOCK_MS = 30_000;
/** What is owed to the hub later than this is left to the next minute. */
const OWED_SOON_MS = 1_500;

/**
 * The service for one invocation on a platform without long-lived processes, such as Cloudflare Workers: no timer, no
 * LISTEN, no poll. Who reads looks at the table where the last look of the isolate is older than EDGE_FRESH_SECONDS, and
 * folds what has changed. Its `sql` and its promises belong to this invocation alone; only plain data is shared.
 */
export class EdgeService extends ServiceCore {
  readonly #o: EdgeOptions;
  readonly #looks: EdgeLooks;
  /** Work that an answer does not wait for. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Cells may be built, and other folds waited for: this invocation has the time. */
  #patient = false;
  /** What of the memory whoever listens to this service was last told of. */
  #told: Snapshot | undefined;

  constructor(options: EdgeOptions) {
    super(options);
    this.#o = options;
    const look = () => this.look();
    const refresh = (wanted: RefreshOptions) => this.refresh(wanted);
    this.#looks = new EdgeLooks({ ...options, look, refresh, tracked: (work) => this.#tracked(work) });
  }

  get filled(): boolean {
    return this.memory.snapshot !== undefined;
  }

  /** Silence tells nothing, as only readers look; one that waited in vain does, before its connection has given up. */
  override get databaseAway(): boolean {
    return this.follower.failure !== undefined || this.standing.askFailure !== undefined;
  }

  override get schemaMissing(): boolean {
    return super.schemaMissing || this.standing.askFailure === 'not migrated';
  }

  protected get behindAfterMs(): number {
    return this.#o.config.EDGE_FRESH_SECONDS * 1000 + GRACE_MS;
  }

  protected override look(): Promise<void> {
    return this.#tracked(super.look());
  }

  /** Also one that nobody waits for any more keeps the connections. */
  override read(
    choose: (snapshot: Snapshot) => readonly string[],
    options: ReadOptions = {},
  ): Promise<Reading> {
    return this.#tracked(this.#read(choose, options));
  }

  async #read(choose: (snapshot: Snapshot) => readonly string[], options: ReadOptions): Promise<Reading> {
    // One that asks for the present folds and looks anyway.
    if (!options.current) await this.upToDate();
    this.requireTimeZone();
    return super.read(choose, options);
  }

  /** Looks and folds if it is time to; what takes too long goes on behind the answer (`settled`). */
  async upToDate(): Promise<void> {
    await this.#looks.inTime();
    // Another invocation of the isolate may have brought what this one's streams do not have yet.
    if (this.#told !== this.memory.snapshot) this.changed();
  }

  protected override changed(): void {
    this.#told = this.memory.snapshot;
    super.changed();
  }

  /**
   * Runs what is due now and what another node did not live to finish, and folds what nobody has read. Resolves when all of
   * it has ended.
   */
  async runDue(scheduledAt: Date): Promise<void> {
    this.#patient = true;
    const { sql, config } = this.#o;
    try {
      await this.look();
      this.requireTimeZone();
      await this.buildCells();
      // First: the claim of another time of its job would end such a run as failed.
      await this.#runAll(takeOvers(this.jobs.all, await orphanedRuns(sql)));
      await this.#runAll(dueNow(this.jobs.all, config.STATS_TIME_ZONE, scheduledAt));
      // Whatever no reader has asked for, and no job; what readers do not get done, too.
      await this.refresh({});
      await this.#payOwed();
    } finally {
      await this.settled();
    }
  }

  async #runAll(runs: readonly DueRun[]): Promise<void> {
    const ended = await Promise.allSettled(
      runs.map(({ job, scheduledAt, missed }) => this.jobs.run(job, scheduledAt, missed)),
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
        if (result.outcome !== 'busy') this.#looks.takenIn(began);
        return result;
      }),
    );
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
      const next = await deliverQueued(context);
      if (next === undefined || next > OWED_SOON_MS) return;
      await new Promise((resolve) => setTimeout(resolve, next));
      await deliverQueued(context);
    } catch (error) {
      if (isUnreachable(error)) return;
      log.warn(
        { err: error },
        'Could not write to the application’s real-time tables; what is owed is kept.',
      );
      await boundQueue(context).catch(() => undefined);
    }
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }
}
