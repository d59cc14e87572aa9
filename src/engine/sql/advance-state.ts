import type { Tx } from '../../db/connection.ts';
import { rewrittenSince } from './files.ts';
import type { State } from './lock-state.ts';

/**
 * Moves the state row after a refresh that changed or renewed something.
 *
 * @returns whether it read of two moments; see rewrittenSince
 */
export async function advanceState(
  tx: Tx,
  state: Omit<State, 'epoch' | 'wantsTriggers'> & {
    asOf: Date;
    today: string;
    files: string;
    renewed: boolean;
  },
): Promise<boolean> {
  const [row] = await tx<[{ rewritten: boolean }]>`
    UPDATE dashboard_stats.state SET
      revision = ${state.revision},
      as_of = ${state.asOf},
      local_date = ${state.today},
      schema_version = ${state.schemaVersion},
      time_zone = ${state.timeZone},
      generation = ${state.generation},
      cells_day = ${state.cellsDay},
      building = ${state.building},
      marks_lost = ${state.marksLost},
      files = ${state.files},
      renewals = renewals + ${state.renewed ? 1 : 0}
    RETURNING ${tx.unsafe(rewrittenSince('files'))} AS rewritten`;
  return row.rewritten;
}
