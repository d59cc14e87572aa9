/** Nodes with an application that writes, readers and administrators. A test breaks something; all that was seen is checked. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../src/db/connection.ts';
import { isUnreachable } from '../../src/db/failures.ts';
import { engineTransaction } from '../../src/engine/transaction.ts';
import { UnusableCellsError } from '../../src/engine/unusable-cells.ts';
import { until } from '../support/application/projects.ts';
import { expectExact, expectOracleAgrees, TIME_ZONE } from '../support/oracle/exact.ts';
import { check, type Violation } from './checker.ts';
import { Clients } from './clients.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import type { Increment, Interval, Read, Stored } from './history.ts';
import { statisticsName } from './served.ts';
import { type WriterOptions, Writers } from './writers.ts';

export interface SceneOptions extends ClusterOptions, Actors {}

interface Actors extends WriterOptions {
  seed: number;
  /** Default 16. */
  readers?: number;
  /** Who invalidate and recompute; default 2. */
  administrators?: number;
  /** See Clients. */
  quiet?: number | undefined;
  /**
   * All nodes show the last change so soon, once nobody writes any more: that they do is checked here, how soon while they
   * write (checker.ts). In ms; default 15,000.
   */
  settleMs?: number;
}

export interface Report {
  violations: Violation[];
  /** What was seen beside the history. */
  faults: string[];
  answers: number;
  stale: number;
  unavailable: number;
  /** Reads to which no answer came, or not in time. */
  unanswered: number;
  orders: number;
  transactions: number;
  versions: number;
  /** Snapshots of the table that were compared with the naive computation while writers wrote. */
  compared: number;
}

export class Scene {
  readonly cluster: Cluster;
  readonly faults: string[] = [];
  readonly #clients: Clients;
  readonly #writers: Writers;
  readonly #calm: Interval[] = [];
  readonly #watching: Promise<void>;
  readonly #settleMs: number;
  #compared = 0;
  #comparedAt = performance.now();
  #settling = false;
  #ended = false;

  /** Resolves when every node serves. */
  static async open(options: SceneOptions): Promise<Scene> {
    return new Scene(await Cluster.open(options), options);
  }

  constructor(
    cluster: Cluster,
    { seed, quiet, settleMs = 15_000, readers = 16, administrators = 2, ...writing }: Actors,
  ) {
    this.cluster = cluster;
    this.#settleMs = settleMs;
    const { applicationUrl, probes } = cluster;
    this.#writers = new Writers(applicationUrl, probes, seed, () => this.#writersRest(), writing);
    this.#clients = new Clients(cluster, quiet);
    this.#clients.start(readers, administrators, seed);
    this.#watching = this.#watch();
  }

  /** Waits until every node says that it is ready and serves what was acknowledged when it was asked, not labelled. */
  async heal(withinMs: number): Promise<void> {
    await this.#until(() => this.#notHealed(), withinMs);
  }

  /** Nothing goes wrong for so long. */
  async stayCalm(forMs: number): Promise<void> {
    const start = performance.now();
    await sleep(forMs);
    this.#calm.push({ start, end: performance.now() });
  }

  /** The writers rest until every node serves all that was acknowledged, as the table has it, and the table is exact. */
  async settle(withinMs: number): Promise<void> {
    this.#settling = true;
    await this.#until(() => this.#notSettled(), withinMs);
    this.#settling = false;
  }

  async end(): Promise<Report> {
    try {
      return await this.report();
    } finally {
      await this.cluster.close();
    }
  }

  /**
   * Everybody stops; the cluster goes on.
   *
   * @param others what others than the clients of this scene have read
   */
  async report(others: readonly Read[] = []): Promise<Report> {
    this.#ended = true;
    const { cluster } = this;
    const [clients, writers] = [this.#clients, this.#writers];
    await Promise.all([writers.stop(), clients.stop(), this.#watching]);
    try {
      await this.settle(this.#settleMs);
      await expectOracleAgrees(cluster.sql);
    } catch (error) {
      this.faults.push(`At the end: ${error}`);
    }
    for (const process of cluster.processes) {
      for (const line of process.failures) this.faults.push(`${process.name}: ${line.slice(0, 2_000)}`);
      if (process.crashed) this.faults.push(`${process.name} ended by itself: ${process.said.slice(-2_000)}`);
    }
    const { increments } = writers;
    const { orders } = clients;
    const reads = [...clients.reads, ...others];
    const stored = await readStored(cluster);
    const history = { reads, increments, orders, stored, starts: cluster.starts, calm: this.#calm };
    const answers = reads.filter((read) => read.status === 200);
    return {
      violations: check(history),
      faults: [...this.faults, ...writers.faults],
      answers: answers.length,
      stale: answers.filter((read) => read.stale).length,
      unavailable: reads.filter((read) => read.status === 503).length,
      unanswered: reads.filter((read) => read.status === 0).length,
      orders: orders.length,
      transactions: writers.committed,
      versions: stored.length,
      compared: this.#compared,
    };
  }

  /** Of the writers of this scene, and of those before. */
  get increments(): readonly Increment[] {
    return this.#writers.increments;
  }

  /** When no comparison succeeded for a while, too: on a busy machine marks may be waiting all the time. */
  #writersRest(): boolean {
    return this.#settling || (performance.now() - this.#comparedAt) % 5_000 > 3_000;
  }

  /** Compares the table with the naive computation, in the snapshots of moments without marks. */
  async #watch(): Promise<void> {
    while (!this.#ended) {
      try {
        if (await this.#isExact()) {
          this.#compared++;
          this.#comparedAt = performance.now();
          await sleep(1_000);
        }
      } catch (error) {
        const { cause } = error as Error;
        if (!isUnreachable(error)) this.faults.push(`Not exact: ${error}${cause ? ` (${cause})` : ''}`);
      }
      await sleep(30);
    }
  }

  async #isExact(): Promise<boolean> {
    const { sql } = this.cluster;
    const before = await generationOf(sql);
    try {
      return await engineTransaction(sql, TIME_ZONE, { isolation: 'repeatable read' }, (tx) =>
        expectExact(tx),
      );
    } catch (error) {
      // A build has meanwhile dropped the tables that the snapshot still names.
      if (error instanceof UnusableCellsError && (await generationOf(sql)) !== before) return false;
      throw error;
    }
  }

  /** Throws what is missing still, after so long. */
  async #until(missing: () => Promise<string>, withinMs: number): Promise<void> {
    let last = '';
    try {
      await until(async () => {
        last = await missing();
        return last === '';
      }, withinMs);
    } catch (error) {
      throw new Error(`${last}: ${error}`);
    }
  }

  /** What is missing; empty where nothing is. */
  async #notHealed(): Promise<string> {
    const { acknowledged } = this.#writers;
    await sleep(300);
    for (const { process } of this.cluster.places) {
      const ready = await fetch(`${process.url}/readyz`).catch(() => undefined);
      const body: any = await ready?.json().catch(() => undefined);
      if (body?.status !== 'ready') return `${process.name} is not ready: ${JSON.stringify(body)}`;
      const read = await this.#clients.read(process, '/stats/global', 'plain');
      const missing = missingIn(read, acknowledged);
      if (read.status !== 200 || missing) return `${process.name}: ${read.status} ${missing}`;
    }
    return '';
  }

  /** What is missing; empty where nothing is. */
  async #notSettled(): Promise<string> {
    const exact = await this.#isExact().catch((error) => {
      if (isUnreachable(error)) return false;
      throw error;
    });
    if (!exact) return 'changes wait in the table';
    const kept = await this.cluster.sql<{ key: string; version: number }[]>`
      SELECT "CacheKey" AS key, "Version" AS version FROM "DashboardStatsCache"
      WHERE "CacheType" IN ('global', 'regional', 'facility')`;
    const versions = (list: readonly { key: string; version: number }[]) =>
      list
        .map(({ key, version }) => `${key} ${version}`)
        .sort()
        .join();
    for (const { process } of this.cluster.places) {
      const read = await this.#clients.read(process, '/stats', 'plain');
      const missing = missingIn(read, this.#writers.acknowledged);
      if (missing) return `${process.name}: ${missing}`;
      const [served, stored] = [versions(read.documents), versions(kept)];
      if (served !== stored) return `${process.name} serves ${served} and the table has ${stored}`;
    }
    return '';
  }
}

function missingIn({ stale, documents }: Read, acknowledged: number): string {
  const counter = documents[0]?.counter ?? 0;
  if (stale) return 'labelled as stale';
  return counter < acknowledged ? `${counter} of ${acknowledged} changes` : '';
}

async function readStored({ sql }: Cluster): Promise<Stored[]> {
  const stored: Stored[] = [];
  const rows = sql<Stored[]>`SELECT key, version, statistics FROM witness`.cursor(200);
  for await (const chunk of rows)
    for (const row of chunk) stored.push({ ...row, statistics: statisticsName(JSON.parse(row.statistics)) });
  return stored;
}

async function generationOf(sql: Sql): Promise<number> {
  const [{ generation }] = await sql<[{ generation: number }]>`SELECT generation FROM dashboard_stats.state`;
  return generation;
}
