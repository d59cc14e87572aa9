/** A server of its own that may be killed, an application that writes on it, nodes in processes of their own, and witnesses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { isUnreachable } from '../../../src/db/failures.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { seedDemo } from '../../../src/demo/seed.ts';
import { loadMigrations, migrate } from '../../../src/schema/migrator.ts';
import { until } from '../application/projects.ts';
import { expectExact } from '../oracle/exact.ts';
import { readKept, VersionLog } from '../oracle/version-log.ts';
import { type DatabaseProxy, startProxy } from '../servers/proxy.ts';
import { RestartableServer } from '../servers/restartable-server.ts';
import { CLI } from '../service/bundle.ts';
import { NodeProcess } from '../service/node-process.ts';
import { Load } from './load.ts';

/** Enough that a rebuild takes a while. */
const PROJECTS = 2_000;
/** To be exact again after a crash, on a busy machine. */
const HEAL_MS = 30_000;

export class CrashScene {
  readonly sql: Sql;
  readonly load: Load;
  /** What the table held and what nodes served, at every moment that was looked at. */
  readonly versions = new VersionLog();
  readonly #served = new Map<string, string>();
  readonly #nodes: NodeProcess[] = [];
  readonly #proxy: DatabaseProxy;
  readonly #server: RestartableServer;
  #watching: Promise<void>[] = [];
  #closed = false;

  static async open(): Promise<CrashScene> {
    const server = await RestartableServer.open();
    const scene = new CrashScene(server, await startProxy(server.url));
    await migrate(scene.sql, await loadMigrations());
    await scene.sql`CREATE TABLE ledger (n integer PRIMARY KEY)`;
    await seedDemo(scene.sql, { projects: PROJECTS, seed: 1 });
    scene.#watching = [scene.#watchTable(), scene.#watchNodes()];
    return scene;
  }

  private constructor(server: RestartableServer, proxy: DatabaseProxy) {
    this.#server = server;
    this.#proxy = proxy;
    this.sql = connect(proxy.url);
    this.load = new Load(proxy.url);
  }

  /** A real `serve`, which may not be ready yet. */
  async serve(): Promise<NodeProcess> {
    const node = await NodeProcess.start({
      name: `node ${this.#nodes.length + 1}`,
      program: CLI,
      databaseUrl: this.#proxy.url,
      environment: { POLL_INTERVAL_MS: '10', CRON_REFRESH_EXPIRED: 'off', CRON_AUDIT: 'off' },
    });
    this.#nodes.push(node);
    return node;
  }

  /** A `serve` that serves. */
  async serveReady(): Promise<NodeProcess> {
    const node = await this.serve();
    await until(async () => node.ready, 25_000);
    return node;
  }

  /** The server recovers from its log. Sessions find it where it was. */
  async crashServer(): Promise<void> {
    await this.#server.restart('immediate');
    this.#proxy.target = this.#server.url;
  }

  /** While nobody writes: the nodes take in what is left without help, and then everything is exact, also as served. */
  async expectHealed(): Promise<void> {
    await this.load.pause();
    await until(
      () =>
        transaction(this.sql, { isolation: 'repeatable read' }, (tx) => expectExact(tx)).catch((error) => {
          if (isUnreachable(error)) return false;
          throw error;
        }),
      HEAL_MS,
    );
    const ledger = await this.sql<{ n: number }[]>`SELECT n FROM ledger`;
    const written = new Set(ledger.map((row) => row.n));
    expect(this.load.acknowledged.filter((n) => !written.has(n))).toEqual([]);
    const kept = new Map((await readKept(this.sql)).map((row) => [row.key, row.version]));
    for (const node of this.#nodes.filter((one) => one.ready)) {
      const answer = await fetch(`${node.url}/stats`, { headers: { 'Cache-Control': 'no-cache' } });
      expect(answer.status).toBe(200);
      const served = this.#see(await answer.json());
      expect(new Map(served.map((item) => [item.key, item.version]))).toEqual(kept);
    }
  }

  /** @throws what a witness saw */
  async close(): Promise<void> {
    this.#closed = true;
    const seen = await Promise.allSettled(this.#watching);
    for (const node of this.#nodes) await node.kill();
    const crashed = this.#nodes.filter((node) => node.crashed).map((node) => node.said);
    await this.load.close();
    await this.sql.end({ timeout: 1 });
    this.#proxy.close();
    await this.#server.close();
    expect(crashed, 'no node has ended by itself').toEqual([]);
    for (const outcome of seen) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #watchTable(): Promise<void> {
    while (!this.#closed) {
      try {
        this.versions.see(await readKept(this.sql));
      } catch (error) {
        if (!isUnreachable(error)) throw error;
      }
      await sleep(20);
    }
  }

  async #watchNodes(): Promise<void> {
    while (!this.#closed) {
      for (const node of this.#nodes.filter((one) => one.ready)) {
        const answer = await fetch(`${node.url}/stats`).catch(() => undefined);
        if (answer?.status === 200)
          this.#see(await answer.json().catch(() => ({ regions: [], facilities: [] })));
      }
      await sleep(50);
    }
  }

  /** Of a dashboard: no node ever served another body under the same key and version. */
  #see(dashboard: any): { key: string; version: number }[] {
    const { global, regions, facilities } = dashboard;
    const items = [global, ...regions, ...facilities].filter((item) => item !== undefined);
    for (const item of items) {
      const name = `${item.key} at version ${item.version}`;
      const body = JSON.stringify(item);
      expect(`${name}: ${this.#served.get(name) ?? body}`).toBe(`${name}: ${body}`);
      this.#served.set(name, body);
    }
    return items;
  }
}
