/** A real `serve`, in one life of its process: to be killed, frozen, and told another time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/embedded/free-port.ts';
import { ADMIN_TOKEN } from './asking.ts';

/** By so much the wall clock of a process jumps ahead at SIGUSR2, and back at the next one. */
const JUMP_MS = 15 * 60_000;
const CLOCK = `
  let shift = Number(process.env.CLOCK_SHIFT_MS);
  const Real = Date;
  globalThis.Date = class Date extends Real {
    constructor(...given) { given.length > 0 ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
  process.on('SIGUSR2', () => { shift += shift > 0 ? -${JUMP_MS} : ${JUMP_MS}; });`;

interface NodeOptions {
  /** Of this life. */
  name: string;
  /** The bundle to run. */
  program: string;
  databaseUrl: string;
  /** The wall clock is wrong by so much. */
  clockMs?: number;
  environment?: Readonly<Record<string, string>>;
  /** A module that runs before the program. */
  preload?: string | undefined;
}

export class NodeProcess {
  readonly name: string;
  readonly url: string;
  /** It has said that it serves. */
  ready = false;
  /** What it said to stderr, and as log. */
  said = '';
  readonly #child: ChildProcess;
  #killed = false;

  static async start(options: NodeOptions): Promise<NodeProcess> {
    return new NodeProcess(options, await freePort());
  }

  private constructor(
    { name, program, databaseUrl, clockMs = 0, environment, preload = '' }: NodeOptions,
    port: number,
  ) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    const modules = [CLOCK, preload].flatMap((text) => [
      '--import',
      `data:text/javascript,${encodeURIComponent(text)}`,
    ]);
    this.#child = spawn(process.execPath, [...modules, program, 'serve'], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        ADMIN_TOKEN,
        CLOCK_SHIFT_MS: String(clockMs),
        LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.said = (this.said + chunk).slice(-100_000);
        this.ready ||= !this.#killed && this.said.includes('API docs');
      });
  }

  /** Waits until it serves. @throws what it said, where it ended before */
  async untilReady(): Promise<this> {
    while (!this.ready) {
      if (this.crashed) throw new Error(`${this.name} ended: ${this.said}`);
      await sleep(50);
    }
    return this;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Lines of the log on requests that failed for a reason which the service does not know. */
  get failures(): string[] {
    return this.said.split('\n').filter((line) => line.includes('"A request failed."'));
  }

  /** It ended though nobody killed it. */
  get crashed(): boolean {
    return !this.#killed && this.#ended;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** kill -9, also of a frozen one. */
  async kill(): Promise<void> {
    this.ready = false;
    if (this.#ended) return;
    this.#killed = true;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  jumpClock(): void {
    this.signal('SIGUSR2');
  }
}
