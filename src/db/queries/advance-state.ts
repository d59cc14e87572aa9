import type { Tx } from '../connection.ts';

/**
 * Moves the state row after a refresh that changed or renewed something.
 *
 * @returns whether a table that it may have read was truncated (or written anew) since its snapshot. Then it may have read
 * another state of that table than of the others: a snapshot does not hold back what TRUNCATE removes.
 */
export async function advanceState(
  tx: Tx,
  state: {
    revision: number;
    asOf: Date;
    schemaVersion: number;
    timeZone: string;
    generation: number;
    building: boolean;
    renewed: boolean;
  },
): Promise<boolean> {
  const [row] = await tx<[{ torn: boolean }]>`
    UPDATE dashboard_stats.state SET
      revision = ${state.revision},
      as_of = ${state.asOf},
      local_date = ${state.asOf}::timestamptz::date,
      schema_version = ${state.schemaVersion},
      time_zone = ${state.timeZone},
      generation = ${state.generation},
      building = ${state.building},
      renewals = renewals + ${state.renewed ? 1 : 0}
    RETURNING EXISTS (
      SELECT FROM pg_class
      WHERE relfilenode <> pg_relation_filenode(oid) AND oid = ANY(ARRAY['"Projects"', '"ProjectActivityFeed"',
        '"ProjectStatusHistory"', '"ProjectRegions"', '"WaterFacilityTypes"']::regclass[])
    ) AS torn`;
  return row.torn;
}
