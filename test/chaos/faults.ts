/** Carries out the faults of a plan, each for its time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreachable } from '../../src/db/failures.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import type { Cluster, Place } from './cluster.ts';
import type { Fault, FaultKind } from './plan.ts';

const CLOCK_MS = 15 * 60_000;
/** What a refresh locks while it works. */
const AT_WORK = `relation = '"DashboardStatsCache"'::regclass AND mode = 'RowExclusiveLock'`;

export class Faults {
  /** How many of each were carried out. */
  readonly done: Partial<Record<FaultKind, number>> = {};
  /** Of the frozen ones, those that held the lock of a refresh for a while. */
  frozenInside = 0;
  /** One at a time of what concerns the server or a whole process: each undoes itself before the next. */
  readonly #queues = new Map<unknown, Promise<void>>();
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Resolves when the last one is over. */
  async carryOut(plan: readonly Fault[]): Promise<void> {
    const began = performance.now();
    for (const fault of plan) {
      await sleep(Math.max(0, fault.at - (performance.now() - began)));
      const place = this.#cluster.places[fault.node] as Place;
      const what = /^(restart|terminate)/.test(fault.kind) ? 'server' : place;
      const before = this.#queues.get(what) ?? Promise.resolve();
      const carried = before.then(() => this.#carryOut(fault, place));
      this.#queues.set(what, carried);
      carried.catch(() => undefined);
    }
    await Promise.all(this.#queues.values());
  }

  async #carryOut({ kind, forMs, size }: Fault, place: Place): Promise<void> {
    const { proxy, process } = place;
    switch (kind) {
      case 'kill':
        await this.#cluster.restart(place, size < 0.3 ? -CLOCK_MS : size < 0.6 ? CLOCK_MS : 0);
        break;
      case 'freeze':
        process.freeze();
        await sleep(forMs);
        process.thaw();
        break;
      case 'freezeInRefresh':
        await this.#freezeInRefresh(place, forMs);
        break;
      case 'terminate':
        await this.#cluster.terminateBackends();
        break;
      case 'cutListening':
        proxy.cut('listening');
        break;
      case 'muteListening':
        proxy.mute();
        await sleep(forMs);
        break;
      case 'cut':
        proxy.mode = 'hangUp';
        proxy.cut();
        await sleep(forMs);
        proxy.mode = 'pass';
        break;
      case 'silence':
        proxy.mode = 'silent';
        await sleep(forMs);
        proxy.mode = 'pass';
        break;
      case 'delay':
        proxy.delayMs = 20 + size * 400;
        await sleep(forMs);
        proxy.delayMs = 0;
        break;
      case 'restartFast':
        await this.#cluster.restartServer('fast');
        break;
      case 'restartImmediate':
        await this.#cluster.restartServer('immediate');
        break;
      case 'jumpClock':
        if (process.ready) process.jumpClock();
        break;
    }
    this.done[kind] = (this.done[kind] ?? 0) + 1;
  }

  /** Whoever is at work then: the node is given a reason to be. */
  async #freezeInRefresh({ process }: Place, forMs: number): Promise<void> {
    const work = new AbortController();
    const asked = fetch(`${process.url}/stats/recompute`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
      body: '{"full":true}',
      signal: work.signal,
    }).catch(() => undefined);
    const until = performance.now() + 2_000;
    while (performance.now() < until && !(await this.#found(AT_WORK, 'pg_locks'))) await sleep(1);
    process.freeze();
    await sleep(Math.min(1_000, forMs));
    // No other session waits for its client so long within a transaction.
    const idle = `state = 'idle in transaction' AND state_change < clock_timestamp() - INTERVAL '800 milliseconds'`;
    if (await this.#found(idle, 'pg_stat_activity')) this.frozenInside++;
    await sleep(Math.max(0, forMs - 1_000));
    process.thaw();
    work.abort();
    await asked;
  }

  async #found(condition: string, view: string): Promise<boolean> {
    try {
      const [{ found }] = await this.#cluster.sql.unsafe<[{ found: boolean }]>(
        `SELECT EXISTS (SELECT FROM ${view} WHERE ${condition}) AS found`,
      );
      return found;
    } catch (error) {
      if (isUnreachable(error)) return false;
      throw error;
    }
  }
}
