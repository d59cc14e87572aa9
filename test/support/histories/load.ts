/** An application that writes all the time and remembers what was acknowledged to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { isUnreachable } from '../../../src/db/failures.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { applyEdit, type Edit, edits } from './edits.ts';
import { ITS_OWN_FAULT } from './writer.ts';

const WRITERS = 2;
/** Between two transactions of a writer. */
const PAUSE_MS = 3;

export class Load {
  /** Numbers of the transactions whose commit was acknowledged; each wrote its number into the table `ledger`. */
  readonly acknowledged: number[] = [];
  readonly #sql: Sql;
  readonly #edits = fc.sample(edits({ now: new Date(), statusType: 'integer' }), { numRuns: 2_000, seed: 1 });
  #running: Promise<void>[] = [];
  #paused = true;
  #next = 0;

  constructor(url: string) {
    this.#sql = connect(url, { max: WRITERS });
  }

  start(): void {
    this.#paused = false;
    this.#running = Array.from({ length: WRITERS }, () => this.#write());
  }

  /** @throws what a writer met that is no fault of its own, and no loss of the database */
  async pause(): Promise<void> {
    this.#paused = true;
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    this.#paused = true;
    await Promise.allSettled(this.#running);
    await this.#sql.end({ timeout: 1 });
  }

  async #write(): Promise<void> {
    while (!this.#paused) {
      const n = this.#next++;
      const edit = this.#edits[n % this.#edits.length] as Edit;
      try {
        await transaction(
          this.#sql,
          { isolation: n % 3 ? 'read committed' : 'repeatable read' },
          async (tx) => {
            await applyEdit(tx, edit);
            await tx`INSERT INTO ledger VALUES (${n})`;
          },
        );
        this.acknowledged.push(n);
      } catch (error) {
        if (!isUnreachable(error) && !ITS_OWN_FAULT.test(String((error as { code?: unknown }).code)))
          throw error;
      }
      await sleep(PAUSE_MS);
    }
  }
}
