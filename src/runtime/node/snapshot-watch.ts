/**
 * Watches for snapshots that are held for long, by a dump or a forgotten transaction. Marks that were taken cannot be
 * vacuumed under one and pile up, so that finding new ones takes ever longer; freshness is promised while none is
 * older than ten minutes (guarantee G3).
 */
import type { Sql } from '../../db/connection.ts';
import { oldestSnapshot } from '../../engine/sql/oldest-snapshot.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../timing/loop.ts';

const EVERY_MS = 60_000;
const LONG_SECONDS = 600;

export class SnapshotWatch {
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #longSeconds: number;
  readonly #loop: Loop;
  #seconds = 0;
  #warnedOf: string | undefined;

  /** @param longSeconds a snapshot of this age is warned of; default 600 */
  constructor(sql: Sql, log: Log, longSeconds = LONG_SECONDS) {
    this.#sql = sql;
    this.#log = log;
    this.#longSeconds = longSeconds;
    this.#loop = new Loop(
      () => this.check().then(() => ({ ms: EVERY_MS })),
      () => EVERY_MS,
    );
  }

  start(): void {
    this.#loop.start(EVERY_MS);
  }

  close(): Promise<void> {
    return this.#loop.close();
  }

  /** Age of the oldest one at the last check, in seconds; 0 when there was none. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Warns of each owner of a long one once. That the database does not answer is reported by others. */
  async check(): Promise<void> {
    const oldest = await oldestSnapshot(this.#sql).catch(() => undefined);
    this.#seconds = oldest?.ageSeconds ?? 0;
    if (!oldest || oldest.ageSeconds < this.#longSeconds) {
      this.#warnedOf = undefined;
    } else if (this.#warnedOf !== oldest.owner) {
      this.#warnedOf = oldest.owner;
      this.#log.warn(
        { owner: oldest.owner, seconds: Math.round(oldest.ageSeconds) },
        'A transaction has been open for long: nothing deleted since can be vacuumed, and refreshes get slower. End it if it is a forgotten one.',
      );
    }
  }
}
