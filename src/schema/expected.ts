/** What a migrated database must look like: expected.json, which is generated from sql/ (test/schema/expected.test.ts). */
import generated from './expected.json' with { type: 'json' };
import type { Schema } from './schema-shape.ts';

export const OWN_SCHEMA = 'dashboard_stats';

export interface Expected {
  /** What the migrations add to schema 2.0, or change in it. */
  application: Schema;
  /** The schema dashboard_stats without the table of migrations; the tables of cells are the engine's. */
  own: Schema;
  /** Rows of the guide, by table: the id, then the name, then the rest. A list must be part of the row's list. */
  seeds: Readonly<Record<string, readonly SeedRow[]>>;
}

export type SeedRow = Readonly<Record<string, string | readonly string[]>>;

export const expected = generated as unknown as Expected;
