/** The postgres process that we started: its settings, its messages, and that it never outlives us if we can help it. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, spawnAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { shutDown } from './postmaster.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '128MB',
  log_checkpoints: 'off',
  log_line_prefix: '',
  // A failed statement may hold the application's data: it does not belong in a log.
  log_min_error_statement: 'panic',
};

const KEPT_LINES = 50;
/** Answers to our own knocking while it starts: not news. */
const NOT_YET =
  /^FATAL: {2}the database system is (starting up|not yet accepting connections)|Consistent recovery state/;

export interface ChildOptions {
  home: string;
  port: number;
  account: Account | undefined;
  binaries: Binaries;
  settings: Readonly<Record<string, string>>;
  log: (line: string) => void;
}

export interface Child {
  /** Its last lines on stderr. */
  readonly words: readonly string[];
  /** Dead, and its last words read. */
  hasEnded(): boolean;
  /** It is up: from now on its death is news, and it alone does not keep our process alive. */
  isUp(): void;
  /** Resolves, with how, if it ends by itself once it is up. */
  readonly endedByItself: Promise<string>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export function spawnPostgres({ home, port, account, binaries, settings, log }: ChildOptions): Child {
  const all = {
    ...DEFAULTS,
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  };
  const args = ['-D', home, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // A session of its own: Ctrl-C in a terminal must not reach it before our orderly stop does.
  const child = spawnAs(account, binaries.postgres, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });

  const words: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (NOT_YET.test(line)) return;
      words.push(line);
      if (words.length > KEPT_LINES) words.shift();
      log(line);
    });
  }

  let up = false;
  let ended = false;
  let stopping: Promise<void> | undefined;
  const isAlive = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  // We may end without stop(): process.exit(), an uncaught error. (After kill -9 the next start sees to it.)
  const tellToStop = () => isAlive() && child.kill('SIGINT');
  process.once('exit', tellToStop);

  let tellEnd: (how: string) => void = () => {};
  const endedByItself = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  const end = new Promise<void>((resolve) => {
    const finish = () => {
      ended = true;
      process.removeListener('exit', tellToStop);
      resolve();
    };
    child.once('error', (error) => {
      words.push(`error: ${error.message}`);
      if (!isAlive()) finish();
    });
    child.once('exit', (code, signal) => {
      if (up && stopping === undefined) {
        const how = signal ?? `exit code ${code}`;
        log(`PostgreSQL stopped by itself (${how})`);
        tellEnd(how);
      }
      // Its last words come with 'close', but a session that survived a killed postmaster may keep the pipe open.
      const patience = setTimeout(finish, 500);
      child.once('close', () => {
        clearTimeout(patience);
        finish();
      });
    });
  });

  const isGone = (waitMs: number) => {
    const timer = new AbortController();
    const late = sleep(waitMs, false, { signal: timer.signal }).catch(() => false);
    return Promise.race([end.then(() => true), late]).finally(() => timer.abort());
  };
  const stop = async () => {
    child.ref();
    if (child.pid !== undefined && isAlive()) await shutDown(child.pid, isGone);
    else await end;
  };

  return {
    words,
    endedByItself,
    hasEnded: () => ended,
    isUp() {
      up = true;
      child.unref();
      (child.stderr as { unref?(): void } | null)?.unref?.();
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
