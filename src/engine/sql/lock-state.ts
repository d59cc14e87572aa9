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

/** The state row, and whether the epoch that it names is not of this life of the database: see currentEpoch. */
export type LockedState = State & { otherServer: boolean };

/** Differs after a restart of the server, a failover, and a restored dump or copy of the data directory. */
const INCARNATION = `concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()),
  (SELECT oid FROM pg_database WHERE datname = current_database()), pg_relation_filenode('dashboard_stats.state'))`;

/**
 * Locks the state row, which orders all refreshes and invalidations: nothing that must agree may be read before. It is used as a
 * statement, or as a CTE that is MATERIALIZED.
 */
export const LOCK_STATE = `
  SELECT epoch, revision, schema_version AS "schemaVersion", time_zone AS "timeZone",
    generation, to_char(cells_day, 'YYYY-MM-DD') AS "cellsDay", building, wants_triggers AS "wantsTriggers",
    marks_lost AS "marksLost", incarnation IS DISTINCT FROM ${INCARNATION} AS "otherServer"
  FROM dashboard_stats.state
  FOR UPDATE`;

/** @returns undefined when there is no row: the database is not migrated */
export async function lockState(tx: Tx): Promise<State | undefined> {
  const [locked] = await tx.unsafe<LockedState[]>(LOCK_STATE);
  return locked && currentEpoch(tx, locked);
}

/** Begins a new epoch where the one that the row names has ended (sql/009). */
export async function currentEpoch(tx: Tx, { otherServer, ...state }: LockedState): Promise<State> {
  if (!otherServer) return state;
  const [{ epoch }] = await tx<[{ epoch: string }]>`
    UPDATE dashboard_stats.state SET epoch = gen_random_uuid(), incarnation = ${tx.unsafe(INCARNATION)} RETURNING epoch`;
  return { ...state, epoch };
}
