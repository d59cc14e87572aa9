import type { Tx } from '../connection.ts';

/** The one row that orders every refresh and invalidation. */
export interface State {
  epoch: string;
  revision: number;
  schemaVersion: number;
  timeZone: string | null;
  /** The generation of cells in use (sql/009); 0 for none. */
  generation: number;
  /** Cells are being built (sql/011). */
  building: boolean;
}

/**
 * Locks the state row until the transaction ends; it must be the first statement that reads.
 *
 * @param skipLocked give up at once when somebody else holds it, instead of waiting for lock_timeout
 * @returns undefined when it is held by somebody else
 */
export async function lockState(tx: Tx, skipLocked: boolean): Promise<State | undefined> {
  const [state] = await tx<State[]>`
    SELECT epoch, revision, schema_version AS "schemaVersion", time_zone AS "timeZone",
      generation, building
    FROM dashboard_stats.state
    FOR UPDATE ${skipLocked ? tx`SKIP LOCKED` : tx``}`;
  return state;
}
