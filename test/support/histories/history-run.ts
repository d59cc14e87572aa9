/** Carries out one random history on a database of its own, and holds the guarantees against it after every step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { connect, type Sql, type Tx } from '../../../src/db/connection.ts';
import { inTransactions } from '../../../src/db/transaction.ts';
import { seedDemo } from '../../../src/demo/seed.ts';
import { audit } from '../../../src/engine/audit.ts';
import { buildCells } from '../../../src/engine/build.ts';
import { invalidate } from '../../../src/engine/invalidate.ts';
import { type RefreshContext, type RefreshOptions, refresh } from '../../../src/engine/refresh.ts';
import { DayLog } from '../oracle/day-log.ts';
import { checkedAtCommit, expectExact, expectOracleAgrees } from '../oracle/exact.ts';
import { readKept, VersionLog } from '../oracle/version-log.ts';
import { createDatabase } from '../servers/database.ts';
import { asApplication } from '../servers/role.ts';
import { type Beside, CLOCK, type History, type Step, WRITERS, type Zone } from './steps.ts';
import { widen } from './widen.ts';
import { Writer } from './writer.ts';

/** Projects there are before the first step: enough that each figure counts some. */
const POPULATION = 80;
const CLEAN = { projects: [], documents: [], leftOut: 0 };

/** What happened, so that a test can tell whether anything did. */
export interface Counts {
  edits: number;
  /** Statements that failed as an application's may. */
  failures: number;
  /** Transactions, not counting statements by themselves. */
  commits: number;
  rollbacks: number;
  folds: number;
  /** Times that cells were put to use, or out of it. */
  rebuilds: number;
  /** Times that everything was recomputed in another time zone. */
  zones: number;
  /** Of the folds: all documents were compared with the naive computation. */
  compared: number;
  versions: number;
}

/** @throws where a document is not exact, a version not in order, or a statement met an error that is ours */
export async function playHistory(history: History): Promise<Counts> {
  const database = await createDatabase();
  const { sql, url } = database;
  const pools = history.engines.map(() => connect(url, { max: 1 }));
  try {
    await shape(sql, history);
    // What a pool asks once, before its first transaction, is no refresh to be compared.
    for (const pool of pools) await inTransactions(pool)`SELECT`;
    return await asApplication(database, async (applicationUrl) => {
      const writers = Array.from({ length: WRITERS }, () => new Writer(applicationUrl));
      const run = new Run(sql, writers, history, pools);
      try {
        for (const step of history.steps) await run.step(step);
        await run.end();
      } finally {
        for (const writer of writers) await writer.close();
      }
      return run.counts();
    });
  } finally {
    for (const pool of pools) await pool.end({ timeout: 1 });
    await database.drop();
  }
}

/** The database at the start. */
async function shape(sql: Sql, { statusType, wide, start, timeZone, seed }: History): Promise<void> {
  if (statusType === 'text') await sql`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text`;
  if (wide) await widen(sql);
  const [{ today }] = await sql<[{ today: string }]>`
    UPDATE dashboard_stats.state SET as_of = ${start}
    RETURNING (as_of AT TIME ZONE ${timeZone})::date::text AS today`;
  await seedDemo(sql, { projects: POPULATION, seed, today });
}

class Run {
  readonly #sql: Sql;
  readonly #nodes: readonly Omit<RefreshContext, 'timeZone'>[];
  readonly #writers: readonly Writer[];
  readonly #log = new VersionLog();
  readonly #days = new DayLog();
  readonly #counts = { edits: 0, commits: 0, rollbacks: 0, folds: 0, rebuilds: 0, zones: 0, compared: 0 };
  #timeZone: Zone;
  #generation = 0;
  #revision = 0;
  /** TRUNCATE empties a table for older snapshots too: what such a transaction reads is then of no one moment. */
  #truncating = false;
  #mayBeBusy = false;

  constructor(sql: Sql, writers: readonly Writer[], { engines, timeZone }: History, pools: readonly Sql[]) {
    this.#sql = sql;
    this.#writers = writers;
    this.#timeZone = timeZone;
    this.#nodes = engines.map((engine, i) => ({
      sql: checkedAtCommit(pools[i] as Sql, (tx) => this.#compare(tx)),
      ttlSeconds: 300,
      engine,
    }));
  }

  counts(): Counts {
    const failures = this.#writers.reduce((sum, writer) => sum + writer.failures, 0);
    return { ...this.#counts, failures, versions: this.#log.size };
  }

  async step(step: Step): Promise<void> {
    const writer = 'writer' in step ? this.#writer(step.writer) : undefined;
    switch (step.do) {
      case 'edit':
        this.#counts.edits++;
        return writer?.apply(step.edit);
      case 'begin':
        return writer?.begin(step.isolation);
      case 'savepoint':
        return writer?.savepoint();
      case 'rollbackTo':
        return writer?.rollbackTo();
      case 'commit':
      case 'rollback':
        return writer && this.#end(writer, step.do === 'commit' ? 'COMMIT' : 'ROLLBACK');
      case 'clock':
        return this.#putClock(CLOCK[step.to]);
      case 'zone':
        if (step.to !== this.#timeZone) this.#counts.zones++;
        this.#timeZone = step.to;
        return this.#fold(this.#node(0), { full: true });
      case 'invalidate':
        return this.#invalidate(step.at);
      case 'fold':
        return this.#fold(this.#node(step.node), { full: step.full });
      case 'together':
        return this.#together(step);
      case 'audit':
        return this.#audit();
    }
  }

  /** All writers end, and both nodes fold what they have left. */
  async end(): Promise<void> {
    for (const [i, writer] of this.#writers.entries())
      await this.#end(writer, i === 1 ? 'ROLLBACK' : 'COMMIT');
    await this.#fold(this.#node(0));
    await this.#fold(this.#node(1));
    expect(await refresh(this.#node(0))).toMatchObject({ outcome: 'idle' });
    await this.#audit();
    await expectOracleAgrees(this.#sql, this.#timeZone);
    const [{ today }] = await this.#sql<[{ today: string }]>`
      SELECT local_date::text AS today FROM dashboard_stats.state`;
    await this.#days.expectKept(this.#sql, today);
  }

  /** While nobody else commits: then no mark may be left, and the version of each document is known. */
  async #fold(node: RefreshContext, options: RefreshOptions = {}): Promise<void> {
    this.#truncating = this.#writers.some((writer) => writer.exclusive);
    this.#mayBeBusy = false;
    const [{ revision, scanned }] = await Promise.all([refresh(node, options), this.#releaseTables()]);
    await this.#see(this.#truncating ? 'some' : 'none', revision);
    if (scanned && (await this.#build(node))) await this.#fold(node);
  }

  async #together({ full, busy, beside }: Extract<Step, { do: 'together' }>): Promise<void> {
    if (!beside) await this.#releaseTables();
    this.#truncating =
      this.#writers.some((writer) => writer.exclusive) ||
      (beside?.edits.some(({ edits }) => edits.some((edit) => edit.do === 'truncate')) ?? false);
    this.#mayBeBusy = busy;
    const [first, second] = await Promise.all([
      refresh(this.#node(0), { full, skipIfBusy: busy }),
      refresh(this.#node(1), { skipIfBusy: busy }),
      // An audit tries until it finds a snapshot without marks: it would wait long where they are left.
      beside ? this.#besides(beside) : this.#audit(),
      ...(beside?.build ? [this.#build(this.#node(0))] : []),
    ]);
    await this.#releaseTables();
    // The builder had the lock for a moment: a node that polls comes again.
    if (first.outcome === 'busy' && second.outcome === 'busy') await refresh(this.#node(0));
    await this.#see(beside ? 'some' : 'none');
  }

  async #besides({ edits, ends }: Beside): Promise<void> {
    const writing = edits.map(async ({ afterMs, edits: list }, i) => {
      const writer = this.#writer(i);
      await sleep(afterMs);
      for (const edit of list) {
        this.#counts.edits++;
        await writer.apply(edit);
        await this.#releaseTables();
      }
      if (i === ends) await this.#end(writer, 'COMMIT');
    });
    await Promise.all([...writing, this.#releaseTables()]);
  }

  /** On a connection of its own, as a node does it. */
  #build(node: RefreshContext): Promise<boolean> {
    return buildCells({ ...node, sql: this.#sql });
  }

  /** In the snapshot of a refresh, right before it commits. */
  async #compare(tx: Tx): Promise<void> {
    this.#counts.folds++;
    // Of two refreshes in one step the second may begin the next day, and keep what the first one wrote.
    const [{ revision, today }] = await tx<[{ revision: number; today: string }]>`
      SELECT revision, local_date::text AS today FROM dashboard_stats.state`;
    // One that leaves the work to a busy other one may see what was before that.
    if (revision >= this.#revision) this.#days.see(today, await readKept(tx));
    this.#revision = Math.max(this.#revision, revision);
    if (this.#truncating) return;
    const exact = await expectExact(tx, this.#timeZone);
    if (!this.#mayBeBusy) expect(exact, 'a refresh leaves no mark that it sees').toBe(true);
    if (exact) this.#counts.compared++;
  }

  /** What everybody sees after one or more refreshes. */
  async #see(marksLeft: 'none' | 'some', revision?: number): Promise<void> {
    const kept = await readKept(this.#sql);
    this.#log.see(kept, revision);
    expect(kept.filter((row) => !row.valid)).toEqual([]);
    const [state] = await this.#sql<[{ generation: number; dated: boolean; marked: boolean }]>`
      SELECT generation, local_date = (as_of AT TIME ZONE ${this.#timeZone})::date AS dated,
        EXISTS (SELECT FROM dashboard_stats.marks) AS marked
      FROM dashboard_stats.state`;
    expect(state.dated).toBe(true);
    if (marksLeft === 'none') expect(state.marked).toBe(false);
    if (state.generation !== this.#generation) this.#counts.rebuilds++;
    this.#generation = state.generation;
  }

  /** An audit finds nothing, ever: every change leaves its mark. */
  async #audit(): Promise<void> {
    await this.#releaseTables();
    const [{ comparable }] = await this.#sql<[{ comparable: boolean }]>`
      SELECT local_date IS NOT NULL AND NOT EXISTS (SELECT FROM dashboard_stats.marks) AS comparable
      FROM dashboard_stats.state`;
    if (comparable) expect(await audit({ ...this.#node(0), sql: this.#sql })).toEqual(CLEAN);
  }

  async #invalidate(at: number): Promise<void> {
    const rows = await this.#sql<
      { key: string }[]
    >`SELECT cache_key AS key FROM dashboard_stats.documents ORDER BY 1`;
    const row = rows[at % rows.length];
    if (!row) return;
    await invalidate({ ...this.#node(0), sql: this.#sql }, [row.key]);
    this.#log.see(await readKept(this.#sql));
  }

  async #putClock(to: string): Promise<void> {
    await this.#sql.unsafe(`
      UPDATE dashboard_stats.state SET as_of = (
        SELECT (${to}) AT TIME ZONE '${this.#timeZone}' FROM (SELECT as_of AT TIME ZONE '${this.#timeZone}' AS local) clock)`);
  }

  /** A table that somebody truncates cannot be read before the transaction ends: it ends once others wait for it. */
  async #releaseTables(): Promise<void> {
    for (const writer of this.#writers.filter((one) => one.exclusive)) {
      await sleep(10);
      await this.#end(writer, this.#counts.folds % 2 ? 'COMMIT' : 'ROLLBACK');
    }
  }

  async #end(writer: Writer, how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (writer.open) this.#counts[how === 'COMMIT' ? 'commits' : 'rollbacks']++;
    await writer.end(how);
  }

  #writer(n: number): Writer {
    return this.#writers[n] as Writer;
  }

  #node(n: 0 | 1): RefreshContext {
    return { ...(this.#nodes[n] as Omit<RefreshContext, 'timeZone'>), timeZone: this.#timeZone };
  }
}
