/** Keeps how far the figures can be trusted, and tells it when it changes. */
import type { Status } from '../view.ts';

/** While nothing else changes, the time of the last confirmation is told so often, in ms. */
const TELL_MS = 1_000;

export class Trust {
  #status: Status;
  readonly #graceMs: number;
  readonly #onChange: (status: Status) => void;
  #losing: ReturnType<typeof setTimeout> | undefined;
  #toldAt = 0;

  constructor(status: Status, graceMs: number, onChange: (status: Status) => void) {
    this.#status = status;
    this.#graceMs = graceMs;
    this.#onChange = onChange;
  }

  get status(): Status {
    return this.#status;
  }

  get isDoubtful(): boolean {
    return ['stale', 'behind'].includes(this.#status.state);
  }

  /** The figures are the present now. */
  confirm(): void {
    this.settle();
    const now = Date.now();
    this.#status = { ...this.#status, confirmedAt: new Date(now).toISOString() };
    if (now - this.#toldAt >= TELL_MS) this.#tell();
  }

  say({ state, since, reason }: Status): void {
    this.settle();
    const isPresent = state === 'live' || state === 'polling';
    const confirmedAt = isPresent ? new Date().toISOString() : this.#status.confirmedAt;
    this.#status = { state, since, reason, confirmedAt };
    this.#tell();
  }

  /** Nothing confirms the figures any more; a short interruption is not shown. */
  lose(): void {
    if (this.#status.state === 'reconnecting') return;
    this.#losing ??= setTimeout(
      () => this.say({ state: 'reconnecting', since: this.#status.confirmedAt }),
      this.#graceMs,
    );
  }

  /** Forgets that it was about to be lost. */
  settle(): void {
    clearTimeout(this.#losing);
    this.#losing = undefined;
  }

  #tell(): void {
    this.#toldAt = Date.now();
    this.#onChange(this.#status);
  }
}
