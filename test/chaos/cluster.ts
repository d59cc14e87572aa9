/** Nodes in processes of their own, each behind its own proxy, on one PostgreSQL that may be restarted, with witnesses in it. */
import { connect, type Sql } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';
import { RestartableServer, type StopMode } from '../support/servers/restartable-server.ts';
import { createApplicationRole } from '../support/servers/role.ts';
import { CLI } from '../support/service/bundle.ts';
import { NodeProcess } from '../support/service/node-process.ts';

/** Only they count in PqmValue. */
const PROBES = 4;

export interface ClusterOptions {
  /** Settings of each node. */
  nodes: readonly Readonly<Record<string, string>>[];
  /** The bundle to run; default that of the sources as they are. */
  program?: string | undefined;
  /** See NodeProcess. */
  preload?: string;
  /** Default 300. */
  projects?: number;
}

/** A place for a process, which has many lives. */
export interface Place {
  proxy: DatabaseProxy;
  process: NodeProcess;
  lives: number;
}

export class Cluster {
  /** As superuser, through a proxy that no fault touches. */
  readonly sql: Sql;
  readonly places: Place[] = [];
  /** Every process there ever was. */
  readonly processes: NodeProcess[] = [];
  /** When each life began. */
  readonly starts = new Map<string, number>();
  /** The projects whose PqmValue writers increase; nobody can delete them. */
  probes: string[] = [];
  /** For the application, by the role that it has. */
  applicationUrl = '';
  readonly #server: RestartableServer;
  readonly #steady: DatabaseProxy;
  readonly #options: ClusterOptions;

  /** Resolves when every node serves. */
  static async open(options: ClusterOptions): Promise<Cluster> {
    const server = await RestartableServer.open();
    const cluster = new Cluster(options, server, await startProxy(server.url));
    try {
      await cluster.#prepare();
      for (const n of options.nodes.keys()) {
        const proxy = await startProxy(server.url);
        cluster.places.push({ proxy, lives: 0, process: await cluster.#start(n, 1, proxy) });
      }
      for (const { process } of cluster.places) await process.untilReady();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  private constructor(options: ClusterOptions, server: RestartableServer, steady: DatabaseProxy) {
    this.#options = options;
    this.#server = server;
    this.#steady = steady;
    this.sql = connect(steady.url);
  }

  /** Kills the process in that place and starts another one. */
  async restart(place: Place, clockMs = 0): Promise<void> {
    await place.process.kill();
    place.lives++;
    const n = this.places.indexOf(place);
    place.process = await this.#start(n, place.lives + 1, place.proxy, clockMs);
  }

  async restartServer(mode: StopMode): Promise<void> {
    await this.#server.restart(mode);
    for (const proxy of [this.#steady, ...this.places.map((place) => place.proxy)])
      proxy.target = this.#server.url;
  }

  /** The session of each connection but one's own ends. */
  async terminateBackends(): Promise<void> {
    await this.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  }

  async close(): Promise<void> {
    for (const { process, proxy } of this.places) {
      await process.kill();
      proxy.close();
    }
    await this.sql.end({ timeout: 1 });
    this.#steady.close();
    await this.#server.close();
  }

  async #start(n: number, life: number, proxy: DatabaseProxy, clockMs = 0): Promise<NodeProcess> {
    const name = `node ${n + 1}, life ${life}`;
    this.starts.set(name, performance.now());
    const { program = CLI, nodes, preload } = this.#options;
    const node = await NodeProcess.start({
      name,
      program,
      databaseUrl: proxy.url,
      clockMs,
      environment: nodes[n] ?? {},
      preload,
    });
    this.processes.push(node);
    return node;
  }

  async #prepare(): Promise<void> {
    await migrate(this.sql, await loadMigrations());
    await seedDemo(this.sql, { projects: this.#options.projects ?? 300, seed: 1 });
    await this.sql.unsafe(`
      UPDATE "Projects" SET "PqmValue" = NULL;
      CREATE TABLE witness (key text, version integer, statistics text);
      CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' OR (OLD."Version", OLD."Statistics") IS DISTINCT FROM (NEW."Version", NEW."Statistics") THEN
          INSERT INTO public.witness VALUES (NEW."CacheKey", NEW."Version", NEW."Statistics"::text);
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER witness AFTER INSERT OR UPDATE ON "DashboardStatsCache" FOR EACH ROW EXECUTE FUNCTION witness();
      CREATE FUNCTION keep_probe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`);
    const probes = await this.sql<{ id: string }[]>`
      UPDATE "Projects" SET "PqmValue" = 0 WHERE "ProjectId" IN
        (SELECT "ProjectId" FROM "Projects" ORDER BY "ProjectName", "ProjectId" LIMIT ${PROBES})
      RETURNING "ProjectId"::text AS id`;
    this.probes = probes.map((row) => row.id);
    await this.sql.unsafe(`
      CREATE TRIGGER keep_probe BEFORE DELETE ON "Projects" FOR EACH ROW
        WHEN (OLD."PqmValue" IS NOT NULL) EXECUTE FUNCTION keep_probe()`);
    this.applicationUrl = (await createApplicationRole({ sql: this.sql, url: this.#steady.url })).url;
  }
}
