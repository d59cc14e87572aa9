import type { Tx } from '../db/connection.ts';
import type { Marks } from '../db/queries/drain-marks.ts';
import type { ComputedDocument } from './documents.ts';
import { evaluate } from './evaluate.ts';
import { fold } from './fold.ts';
import { dropPastCells, rebuild } from './rebuild.ts';

/** From so many marked projects on a rebuild is cheaper than a fold, or cheap enough (docs/adr/005). */
export const FOLD_LIMIT = 20_000;

export interface IncrementalOptions {
  /** The generation of cells in use; 0 for none. */
  generation: number;
  /** The local date D, `YYYY-MM-DD`. */
  today: string;
  newDay: boolean;
  marks: Marks;
  /** Take nothing that is kept for true. */
  rebuild: boolean;
  /** Compute every document, whether or not its cells moved. */
  all: boolean;
  /** Documents to compute although their cells did not move. */
  stale: readonly string[];
  rewrite: boolean;
}

/** What the incremental engine found. */
export interface Computed {
  documents: ComputedDocument[];
  /** Whether `documents` are all that there are. */
  complete: boolean;
  generation: number;
}

/** Brings the cells up to the snapshot of the transaction, and computes the documents that this can have changed. */
export async function computeIncrementally(tx: Tx, options: IncrementalOptions): Promise<Computed> {
  const { today, marks, rewrite } = options;
  if (options.rebuild || marks.everything || options.generation === 0) {
    const generation = await rebuild(tx, options.generation, today);
    return {
      documents: await evaluate(tx, generation, today, undefined, rewrite),
      complete: true,
      generation,
    };
  }
  const { generation } = options;
  const moved = marks.projectIds.length > 0 ? await fold(tx, generation, today, marks.projectIds) : [];
  if (options.newDay) await dropPastCells(tx, generation, today);
  const complete = options.all || options.newDay;
  const keys = complete ? undefined : [...new Set([...moved, ...options.stale])];
  const documents = keys?.length === 0 ? [] : await evaluate(tx, generation, today, keys, rewrite);
  return { documents, complete, generation };
}
