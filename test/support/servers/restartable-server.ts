/** A server of a test's own that may be stopped in the ways that servers stop, and comes back on the same data. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbedded } from '../../../src/embedded/embedded.ts';

/** As `pg_ctl stop -m`: immediate is a crash, after which the server recovers from its log; fast is orderly. */
export type StopMode = 'immediate' | 'fast';
const SIGNALS = { immediate: 'SIGQUIT', fast: 'SIGINT' } as const;

export class RestartableServer {
  readonly #dataDir: string;
  #server: EmbeddedServer;

  static async open(): Promise<RestartableServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'dashboard-stats-crash-'));
    // As root: the server's account has to get in.
    await chmod(dataDir, 0o755);
    return new RestartableServer(dataDir, await start(dataDir));
  }

  private constructor(dataDir: string, server: EmbeddedServer) {
    this.#dataDir = dataDir;
    this.#server = server;
  }

  /** Another one after each restart. */
  get url(): string {
    return this.#server.url;
  }

  /** @param meanwhile is given the data directory of the stopped server */
  async restart(mode: StopMode, meanwhile?: (dataDir: string) => Promise<unknown>): Promise<void> {
    const pidFile = join(this.#dataDir, 'postgres', 'postmaster.pid');
    process.kill(Number.parseInt(await readFile(pidFile, 'utf8'), 10), SIGNALS[mode]);
    await this.#server.endedByItself;
    await this.#server.stop();
    await meanwhile?.(join(this.#dataDir, 'postgres'));
    this.#server = await start(this.#dataDir);
  }

  async close(): Promise<void> {
    await this.#server.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** As an operator has it: what is acknowledged is on the disk. */
function start(dataDir: string): Promise<EmbeddedServer> {
  const binDir = process.env['TEST_POSTGRES_BIN'];
  return startEmbedded({ dataDir, ...(binDir ? { binDir } : {}) });
}
