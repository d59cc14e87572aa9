/** One run: nodes, writers, readers, administrators and faults by a seed, and then the judgement of what was seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreachable } from '../../src/db/failures.ts';
import { transaction } from '../../src/db/transaction.ts';
import { asApplication } from '../support/application/application-role.ts';
import { until } from '../support/application/projects.ts';
import { expectExact, expectOracleAgrees } from '../support/oracle/exact.ts';
import { check, type Violation } from './checker.ts';
import { Clients } from './clients.ts';
import { Cluster } from './cluster.ts';
import { Faults } from './faults.ts';
import type { History, Interval, Stored } from './history.ts';
import { type FaultKind, plan } from './plan.ts';
import { statisticsName } from './served.ts';
import { Writers } from './writers.ts';

/** Hardly ever refreshes by itself, so that what it serves shows how it follows the others. */
export const FOLLOWING = 2;
const NODES = ['20', '20', '2000'].map((POLL_INTERVAL_MS) => ({ POLL_INTERVAL_MS }));
const WRITERS = 3;
const READERS = 16;
/** All nodes show the last change, once nobody writes any more. */
const LAG_MS = 3_000;

export interface RunOptions {
  seed: number;
  /** How long faults go on. */
  faultsMs: number;
  /** How long nothing goes wrong after that; default 4,000. */
  calmMs?: number;
  /** The bundle to run. */
  program: string;
  kinds?: readonly FaultKind[];
  /** Those that faults hit; default all. */
  victims?: readonly number[];
  /** Who invalidate and recompute; default 2. */
  administrators?: number;
  /** See Clients. */
  quiet?: number;
  /** Until every node must be as it was, after the last fault is over; default 45,000. */
  healMs?: number;
}

export interface Report {
  violations: Violation[];
  /** What witnesses beside the history saw. */
  faults: string[];
  reads: number;
  answers: number;
  stale: number;
  unavailable: number;
  orders: number;
  transactions: number;
  versions: number;
  /** Snapshots of the table that were compared with the oracle. */
  compared: number;
  injected: Partial<Record<FaultKind, number>>;
  frozenInside: number;
  healMs: number;
  settleMs: number;
}

export async function runChaos(options: RunOptions): Promise<Report> {
  const {
    seed,
    faultsMs,
    calmMs = 4_000,
    program,
    kinds,
    victims = [...NODES.keys()],
    healMs: healWithinMs = 45_000,
  } = options;
  const cluster = await Cluster.open({ nodes: NODES, program });
  try {
    return await asApplication(cluster, async (url) => {
      await until(async () => cluster.places.every(({ process }) => process.ready), 60_000);
      const clients = new Clients(cluster, options.quiet);
      const writers = new Writers(url, cluster.probes, WRITERS, seed);
      const witness = new Witness(cluster);
      clients.start(READERS, options.administrators ?? 2, seed);
      const faults = new Faults(cluster);
      const calm: Interval[] = [];
      const seen: string[] = [];
      let healMs = Number.NaN;
      let settleMs = Number.NaN;
      try {
        await faults.carryOut(plan(seed, faultsMs, victims, kinds));
        healMs = await until(() => healed(cluster, clients, writers), healWithinMs);
        const start = performance.now();
        await sleep(calmMs);
        calm.push({ start, end: performance.now() });
      } catch (error) {
        seen.push(`Not healed: ${error}`);
      }
      await Promise.all([writers.stop(), clients.stop(), witness.stop()]);
      try {
        settleMs = await until(() => settled(cluster, clients, writers), LAG_MS);
        await transaction(cluster.sql, { isolation: 'repeatable read' }, (tx) => expectExact(tx));
        await expectOracleAgrees(cluster.sql);
      } catch (error) {
        seen.push(`At the end: ${error}`);
      }
      for (const process of cluster.processes) {
        for (const line of process.failures) seen.push(`${process.name}: ${line.slice(0, 2_000)}`);
        if (process.crashed) seen.push(`${process.name} ended by itself: ${process.said.slice(-2_000)}`);
      }
      const history: History = {
        reads: clients.reads,
        increments: writers.increments,
        orders: clients.orders,
        stored: await readStored(cluster),
        starts: cluster.starts,
        calm,
      };
      const answers = clients.reads.filter((read) => read.status === 200);
      return {
        violations: check(history),
        faults: [...seen, ...writers.faults, ...witness.faults],
        reads: clients.reads.length,
        answers: answers.length,
        stale: answers.filter((read) => read.stale).length,
        unavailable: clients.reads.filter((read) => read.status === 503).length,
        orders: clients.orders.length,
        transactions: writers.committed,
        versions: history.stored.length,
        compared: witness.compared,
        injected: faults.done,
        frozenInside: faults.frozenInside,
        healMs: Math.round(healMs),
        settleMs: Math.round(settleMs),
      };
    });
  } finally {
    await cluster.close();
  }
}

/** Every node serves what was acknowledged when it was asked, not labelled, and says that it is ready. */
async function healed(cluster: Cluster, clients: Clients, writers: Writers): Promise<boolean> {
  const acknowledged = acknowledgedOf(writers);
  await sleep(300);
  for (const { process } of cluster.places) {
    const ready = await fetch(`${process.url}/readyz`).catch(() => undefined);
    const body: any = await ready?.json().catch(() => undefined);
    if (body?.status !== 'ready') return false;
    const read = await clients.read(process, '/stats/global', 'plain');
    if (read.status !== 200 || read.stale || (read.documents[0]?.counter ?? 0) < acknowledged) return false;
  }
  return true;
}

/** All that was acknowledged is served by every node, and every node serves the same. */
async function settled(cluster: Cluster, clients: Clients, writers: Writers): Promise<boolean> {
  const kept = await cluster.sql<{ key: string; version: number }[]>`
    SELECT "CacheKey" AS key, "Version" AS version FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') ORDER BY "CacheKey" COLLATE "C"`;
  const table = JSON.stringify(kept.map(({ key, version }) => [key, version]));
  for (const { process } of cluster.places) {
    const read = await clients.read(process, '/stats', 'plain');
    const served = read.documents.map(({ key, version }) => [key, version]);
    served.sort(([a], [b]) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))));
    const counter = read.documents[0]?.counter ?? 0;
    if (read.stale || JSON.stringify(served) !== table || counter < acknowledgedOf(writers)) return false;
  }
  return true;
}

function acknowledgedOf(writers: Writers): number {
  return writers.increments.filter((increment) => increment.outcome === 'acknowledged').length;
}

/** Compares the table with the oracle, in every snapshot that it can get of a moment without marks. */
class Witness {
  compared = 0;
  readonly faults: string[] = [];
  readonly #watching: Promise<void>;
  #stopped = false;

  constructor({ sql }: Cluster) {
    this.#watching = this.#watch(sql);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  async #watch(sql: Cluster['sql']): Promise<void> {
    while (!this.#stopped) {
      try {
        const exact = await transaction(sql, { isolation: 'repeatable read' }, (tx) => expectExact(tx));
        if (exact) this.compared++;
        await sleep(exact ? 700 : 30);
      } catch (error) {
        if (!isUnreachable(error)) this.faults.push(`Not exact: ${error}`);
        await sleep(50);
      }
    }
  }
}

async function readStored({ sql }: Cluster): Promise<Stored[]> {
  const stored: Stored[] = [];
  const rows = sql<Stored[]>`SELECT key, version, statistics FROM witness`.cursor(200);
  for await (const chunk of rows)
    for (const row of chunk) stored.push({ ...row, statistics: statisticsName(JSON.parse(row.statistics)) });
  return stored;
}
