/** The tables of cells as a test reads, breaks or holds them up. */
import { expect } from 'vitest';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { type CellTable, tableOf } from '../../../src/engine/cell-tables.ts';

/** The name of a table of the generation that is in use. */
export async function tableInUse(sql: Sql, table: CellTable): Promise<string> {
  const [{ generation }] = await sql<[{ generation: number }]>`SELECT generation FROM dashboard_stats.state`;
  expect(generation, 'cells are in use').not.toBe(0);
  return tableOf(table, generation);
}

/** Whoever runs this in a transaction keeps builds from creating their tables until it ends; see letBuildsBeHeld. */
export const HOLD_BUILDS = 'SELECT pg_advisory_xact_lock(42)';

/** Builds of this database wait for whoever runs HOLD_BUILDS; their snapshot is taken by then. */
export async function letBuildsBeHeld(sql: Sql): Promise<void> {
  await sql.unsafe(`
    CREATE FUNCTION hold_build() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(42); END $$;
    CREATE EVENT TRIGGER hold_build ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION hold_build()`);
}

/** Holds a build up for as long as `meanwhile` takes. */
export async function whileBuilding<T>(
  { sql, url }: { sql: Sql; url: string },
  build: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T | Error> {
  await letBuildsBeHeld(sql);
  const holder = connect(url, { max: 1 });
  await holder.unsafe(`BEGIN; ${HOLD_BUILDS}`);
  const built = build().catch((error: Error) => error);
  const waiting = () =>
    sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  await expect.poll(waiting).toHaveLength(1);
  await meanwhile();
  await holder`COMMIT`;
  await holder.end();
  return built;
}
