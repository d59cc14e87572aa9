import type { Tx } from '../../db/connection.ts';

/** The one row that orders every refresh and invalidation. */
export interface State {
  epoch: string;
  revision: number;
  schemaVersion: number;
  timeZone: string | null;
  /** The generation of cells in use; 0 for none. */
  generation: number;
  /** The local date that these cells are of, `YYYY-MM-DD`; null where there are none. */
  cellsDay: string | null;
  /** Cells are being built (sql/009). */
  building: boolean;
  /** false after `migrate --no-triggers`. */
  wantsTriggers: boolean;
  /** Triggers were found missing or disabled, and since then nothing has been recomputed with all of them there. */
  marksLost: boolean;
}

/** Differs after a restart of the server, a failover, and a restored dump or copy of the data directory. */
const INCARNATION = `concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()),
  (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode('dashboard_stats.state'))`;

/**
 * Locks the state row, which orders all refreshes and invalidations: nothing that must agree may be read before. Where
 * INCARNATION differs from the row, it begins a new epoch (sql/009).
 *
 * @param skipLocked return undefined instead of waiting when another transaction holds the lock
 * @returns undefined also when there is no row: the database is not migrated
 */
export async function lockState(tx: Tx, skipLocked: boolean): Promise<State | undefined> {
  const [locked] = await tx<(State & { otherServer: boolean })[]>`
    SELECT epoch, revision, schema_version AS "schemaVersion", time_zone AS "timeZone",
      generation, to_char(cells_day, 'YYYY-MM-DD') AS "cellsDay", building, wants_triggers AS "wantsTriggers", marks_lost AS "marksLost",
      incarnation IS DISTINCT FROM ${tx.unsafe(INCARNATION)} AS "otherServer"
    FROM dashboard_stats.state
    FOR UPDATE ${skipLocked ? tx`SKIP LOCKED` : tx``}`;
  if (!locked) return undefined;
  const { otherServer, ...state } = locked;
  if (!otherServer) return state;
  const [{ epoch }] = await tx<[{ epoch: string }]>`
    UPDATE dashboard_stats.state SET epoch = gen_random_uuid(), incarnation = ${tx.unsafe(INCARNATION)} RETURNING epoch`;
  return { ...state, epoch };
}
