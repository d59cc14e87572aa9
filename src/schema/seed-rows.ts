/** The rows that a migration puts into the application's tables. */
import type { Tx } from '../db/connection.ts';

/** The tables that get some: their key, and the table that refers to it under the same name. */
const SEEDED = {
  Roles: { key: 'RoleId', usedBy: 'Users' },
  ProjectRegions: { key: 'RegionId', usedBy: 'ProjectRegionAssignments' },
  WaterFacilityTypes: { key: 'FacilityTypeId', usedBy: 'ProjectFacilityAssignments' },
  SignalRGroups: { key: 'GroupId', usedBy: 'SignalRGroupMemberships' },
} as const;

type SeededTable = keyof typeof SEEDED;

export interface SeedRow {
  table: SeededTable;
  /** All of it but CreatedAt, whose text would depend on the session's time zone. */
  row: Record<string, string | number | boolean | object | null>;
}

/** The rows that this very transaction has inserted; what others insert meanwhile is told apart by the row's xmin. */
export async function readInsertedSeedRows(tx: Tx): Promise<SeedRow[]> {
  const rows: SeedRow[] = [];
  for (const table of await presentOf(tx, Object.keys(SEEDED))) {
    rows.push(
      ...(await tx<SeedRow[]>`
        SELECT ${table} AS table, to_jsonb(seed) - 'CreatedAt' AS row FROM ${tx(table)} seed
        WHERE xmin = pg_current_xact_id()::xid`),
    );
  }
  return rows;
}

/**
 * Deletes those of the rows that are as they were inserted and that no row refers to: most of the references are
 * ON DELETE CASCADE, and would take the application's rows along.
 *
 * @returns how many of them are still there, by table
 */
export async function deleteSeedRows(
  tx: Tx,
  rows: readonly SeedRow[],
): Promise<{ table: string; rows: number }[]> {
  const kept: { table: string; rows: number }[] = [];
  for (const table of await presentOf(
    tx,
    rows.map((one) => one.table),
  )) {
    const { key, usedBy } = SEEDED[table as SeededTable];
    const seeds = tx.json(rows.filter((one) => one.table === table).map((one) => one.row) as never);
    const [isUsed] = await presentOf(tx, [usedBy]);
    const unused = isUsed
      ? tx`AND NOT EXISTS (SELECT FROM ${tx(usedBy)} user_of WHERE user_of.${tx(key)} = present.${tx(key)})`
      : tx``;
    await tx`
      DELETE FROM ${tx(table)} present USING jsonb_array_elements(${seeds}) seed
      WHERE present.${tx(key)}::text = seed ->> ${key} AND to_jsonb(present) - 'CreatedAt' = seed ${unused}`;
    const [left] = await tx<[{ count: number }]>`
      SELECT count(*) FROM ${tx(table)} present JOIN jsonb_array_elements(${seeds}) seed
        ON present.${tx(key)}::text = seed ->> ${key}`;
    kept.push({ table, rows: left.count });
  }
  return kept;
}

/** Those of the tables that exist where unqualified names lead. */
async function presentOf(tx: Tx, tables: readonly string[]): Promise<string[]> {
  const rows = await tx<{ name: string }[]>`
    SELECT DISTINCT name FROM unnest(${tables as string[]}::text[]) AS name
    WHERE to_regclass(quote_ident(name)) IS NOT NULL`;
  return rows.map((row) => row.name);
}
