/** How far a long command is: on a terminal a bar with count, rate and time left, elsewhere a line now and then. */
import type { SingleBar } from 'cli-progress';

/** Before the first one, a command says nothing: most are done by then. */
const BAR_EVERY_MS = 250;
const LINE_EVERY_MS = 10_000;

export interface Doing {
  /** A phase: `projects`, which are counted, or `Building the indexes`. */
  what: string;
  done: number;
  /** 0: what is done cannot be counted. */
  total: number;
}

/** Told how far the work is. */
export type OnProgress = (what: string, done?: number, total?: number) => void;

export class Progress {
  readonly #print: (line: string) => void;
  readonly #hasTerminal: boolean;
  #doing: Doing | undefined;
  #began = 0;
  /** When `done` was told last. */
  #toldAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #bar: SingleBar | undefined;

  /** @param print a line, where stderr is no terminal */
  constructor(hasTerminal: boolean, print: (line: string) => void) {
    this.#hasTerminal = hasTerminal;
    this.#print = print;
  }

  readonly at: OnProgress = (what, done = 0, total = 0) => {
    this.#toldAt = performance.now();
    if (this.#doing?.what !== what) this.#began = this.#toldAt;
    this.#doing = { what, done, total };
    this.#timer ??= setInterval(
      () => void this.#show().catch(() => undefined),
      this.#hasTerminal ? BAR_EVERY_MS : LINE_EVERY_MS,
    ).unref();
  };

  /** Something else is about to be printed. */
  hide(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#doing = undefined;
    this.hide();
  }

  async #show(): Promise<void> {
    // Loaded for people only: most commands are done before.
    const { SingleBar, Format } = this.#hasTerminal ? (await import('cli-progress')).default : {};
    if (!this.#doing) return;
    const { done, total } = this.#doing;
    const text = described(this.#doing, this.#toldAt - this.#began, performance.now() - this.#toldAt);
    if (!SingleBar || !Format) return this.#print(text);
    if (!this.#bar) {
      this.#bar = new SingleBar({
        clearOnComplete: true,
        forceRedraw: true,
        barsize: 20,
        format: (options, { progress }, payload) =>
          payload.counted ? `[${Format.BarFormat(progress, options)}] ${payload.text}` : payload.text,
      });
      this.#bar.start(1, 0, { text: '', counted: false });
    }
    const bounded = Math.max(1, total, done);
    this.#bar.setTotal(bounded);
    this.#bar.update(Math.min(done, bounded), { text, counted: total > 0 });
  }
}

/**
 * `2,000 of 10,000 projects, 500 a second, 16 s left`
 *
 * @param tookMs for what is done
 * @param sinceMs that was told so long ago, and more may be done by now
 */
export function described({ what, done, total }: Doing, tookMs: number, sinceMs: number): string {
  if (total === 0) return `${what} ... ${duration(tookMs + sinceMs)}`;
  const count = `${done.toLocaleString('en')} of ${Math.max(total, done).toLocaleString('en')} ${what}`;
  if (done === 0 || tookMs === 0) return count;
  const rate = ((done / tookMs) * 1000).toLocaleString('en', { maximumSignificantDigits: 3 });
  const leftMs = ((total - done) / done) * tookMs - sinceMs;
  return `${count}, ${rate} a second, ${duration(Math.max(0, leftMs))} left`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
