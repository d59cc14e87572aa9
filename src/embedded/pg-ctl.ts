/** PostgreSQL's own program for starting and stopping a server, on one data directory. */
import { readFile, rename } from 'node:fs/promises';
import { EmbeddedServerError } from '../errors.ts';
import { type Outcome, run } from './account.ts';
import type { Cluster } from './cluster.ts';
import { onlyIf } from './failures.ts';

const SETTINGS = {
  max_connections: '60',
  shared_buffers: '128MB',
  log_checkpoints: 'off',
  // What a failed statement says may hold the application's data: it does not belong in a log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
};

/** A server that recovers from a crash takes as long as there is something to recover. */
const START_TIMEOUT_S = 86_400;
const STOP_TIMEOUT_S = 60;

export class PgCtl {
  /** @param settings of postgres, beside and in place of our own */
  constructor(
    readonly cluster: Cluster,
    private readonly program: string,
    private readonly settings: Readonly<Record<string, string>> = {},
  ) {}

  /** Waits until the server takes connections; where it does not start, `output` has what it logged. */
  async start(port: number): Promise<Outcome> {
    const { logFile } = this.cluster;
    const settings = {
      ...SETTINGS,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      ...this.settings,
      port,
    };
    // Double quotes are what every shell takes that pg_ctl hands these to.
    const options = Object.entries(settings).map(([name, value]) => `-c "${name}=${value}"`);
    // Why the server died last time is in the log of that time.
    await rename(logFile, `${logFile}.1`).catch(onlyIf('ENOENT'));
    const how = ['-w', '-t', `${START_TIMEOUT_S}`, '-l', logFile, '-o', options.join(' ')];
    const outcome = await this.#run('start', ...how);
    if (outcome.ok) return outcome;
    const logged = (await readFile(logFile, 'utf8').catch(onlyIf('ENOENT'))) ?? '';
    return { ok: false, output: `${outcome.output}\n${logged}`.trim() };
  }

  /** @throws EmbeddedServerError if the server does not end in time */
  async stop(mode: 'fast' | 'immediate'): Promise<void> {
    const { ok, output } = await this.#run('stop', '-w', '-t', `${STOP_TIMEOUT_S}`, '-m', mode);
    if (ok || !(await this.#run('status')).ok) return;
    throw new EmbeddedServerError(`PostgreSQL in ${this.cluster.data} does not stop: ${output}`, {
      help: 'Look what holds it up (often a disk that hangs). Its process is the first line of postmaster.pid there.',
    });
  }

  #run(command: string, ...args: string[]): Promise<Outcome> {
    const { data, account } = this.cluster;
    return run(account, this.program, [command, '-D', data, ...args]);
  }
}
