/** The application: writers that never stop, whose increments are counted, and whose every failure must be their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { connect, type Sql } from '../../src/db/connection.ts';
import { isUnreachable } from '../../src/db/failures.ts';
import { transaction } from '../../src/db/transaction.ts';
import { applyEdit, type Edit, edits } from '../support/histories/edits.ts';
import { ITS_OWN_FAULT } from '../support/histories/writer.ts';
import type { Increment } from './history.ts';
import { between, oneOf, type Random, random } from './random.ts';

const WRITERS = 3;
/** The column that only increments write. */
const COUNTER = 'PqmValue';

export interface WriterOptions {
  /** So many times as much is written; default 1. */
  pace?: number;
  /** Those of earlier writers on the same database. */
  increments?: readonly Increment[];
}

export class Writers {
  readonly increments: Increment[];
  /** Transactions that were acknowledged. */
  committed = 0;
  /** What it met that no application may meet because of us (G8). */
  readonly faults: string[] = [];
  readonly #sql: Sql;
  readonly #edits: Edit[];
  readonly #probes: readonly string[];
  readonly #rests: () => boolean;
  readonly #pace: number;
  readonly #running: Promise<void>[];
  #stopped = false;

  /** @param rests nobody writes while it returns true */
  constructor(
    url: string,
    probes: readonly string[],
    seed: number,
    rests: () => boolean,
    { pace = 1, increments = [] }: WriterOptions = {},
  ) {
    this.#pace = pace;
    this.increments = [...increments];
    this.#sql = connect(url, { max: WRITERS });
    this.#probes = probes;
    this.#rests = rests;
    const drawn = fc.sample(edits({ now: new Date(), statusType: 'integer' }), { numRuns: 3_000, seed });
    this.#edits = drawn.flatMap(harmless);
    this.#running = Array.from({ length: WRITERS }, (_, n) => this.#write(random(seed, `writer ${n}`)));
  }

  /** Increments that were acknowledged. */
  get acknowledged(): number {
    return this.increments.filter(({ outcome }) => outcome === 'acknowledged').length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    await this.#sql.end({ timeout: 1 });
  }

  async #write(chance: Random): Promise<void> {
    while (!this.#stopped) {
      await sleep(chance() < 0.03 ? between(chance, 200, 800) : between(chance, 2, 25) / this.#pace);
      if (this.#rests()) continue;
      const increments = chance() < 0.5;
      const probe = oneOf(chance, this.#probes);
      const list = Array.from({ length: chance() < 0.9 ? 1 : 3 }, () => oneOf(chance, this.#edits));
      const isolation = chance() < 0.7 ? 'read committed' : 'repeatable read';
      const start = performance.now();
      let rolledBack = false;
      try {
        await transaction(this.#sql, { isolation }, async (tx) => {
          try {
            for (const edit of increments ? [] : list) await applyEdit(tx, edit);
            if (increments)
              await tx`UPDATE "Projects" SET "PqmValue" = "PqmValue" + 1 WHERE "ProjectId" = ${probe}`;
          } catch (error) {
            rolledBack = true;
            throw error;
          }
        });
        this.committed++;
        if (increments) this.increments.push({ start, end: performance.now(), outcome: 'acknowledged' });
      } catch (error) {
        if (increments && !rolledBack)
          this.increments.push({ start, end: performance.now(), outcome: 'unknown' });
        if (!isUnreachable(error) && !ITS_OWN_FAULT.test(String((error as { code?: unknown }).code)))
          this.faults.push(String(error));
      }
    }
  }
}

/** Without what would touch the counter: a probe's row must stay, and only increments may move it. */
function harmless(edit: Edit): Edit[] {
  if (edit.do === 'truncate' || edit.do === 'renumber') return [];
  const without = <T extends object>(row: T) =>
    Object.fromEntries(Object.entries(row).filter(([column]) => column !== COUNTER)) as T;
  if ('rows' in edit) return [{ ...edit, rows: edit.rows.map(without) }];
  if (!('set' in edit)) return [edit];
  const set = without(edit.set);
  return Object.keys(set).length > 0 ? [{ ...edit, set }] : [];
}
