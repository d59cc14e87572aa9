/** A server of a test's own that may be stopped in the ways that servers stop, and comes back on the same data. */
import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedServer } from '../../../src/embedded/embedded.ts';
import { makeFolder, startIn } from './own-server.ts';

/** As `pg_ctl stop -m`: immediate is a crash, after which the server recovers from its log; fast is orderly. */
export type StopMode = 'immediate' | 'fast';

export class RestartableServer {
  readonly #folder: string;
  #server: EmbeddedServer;

  /** As an operator has it: what is acknowledged is on the disk. */
  static async open(): Promise<RestartableServer> {
    const folder = await makeFolder();
    return new RestartableServer(folder, await startIn(folder));
  }

  private constructor(folder: string, server: EmbeddedServer) {
    this.#folder = folder;
    this.#server = server;
  }

  /** Another one after each restart. */
  get url(): string {
    return this.#server.url;
  }

  /** @param meanwhile is given the data directory of the stopped server */
  async restart(mode: StopMode, meanwhile?: (dataDir: string) => Promise<unknown>): Promise<void> {
    await this.#server.stop(mode);
    await meanwhile?.(await realpath(join(this.#folder, 'data', 'postgres', 'data')));
    this.#server = await startIn(this.#folder);
  }

  async close(): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
