import type { Check } from '../check.ts';
import type { Constraint, Table } from '../schema-shape.ts';

/** How a database differs from what is expected, and what the migration does about it where its steps are yet to be run. */
export interface Fault extends Check {
  area: Area;
  table: string;
  /** repairs: a step puts it right. leaves: it stays as it is. refuses: a step, or the service, would fail at it. */
  migrate: 'repairs' | 'leaves' | 'refuses';
  /** In place of `sql` before the migration, which does the rest. */
  sqlBefore?: string;
}

/** In the order in which the statements of their faults can be run, with what is said of an area that has none. */
export const AREAS = {
  'tables and columns': 'Types, nullability and defaults are as expected.',
  'primary keys': 'Every table has its own.',
  'foreign keys': 'Columns, targets and delete rules are as expected.',
  'check constraints': 'All there.',
  // Before the indexes, of which one could not be built.
  'cache keys': 'Each of ours occurs once.',
  indexes: 'All there, on the columns expected.',
  'own state': 'All there.',
  'seed rows': "Each has at least the guide's content.",
  triggers: 'All there and enabled always.',
} as const;
type Area = keyof typeof AREAS;

/** An expected table beside the one that is there. */
export interface Pair {
  name: string;
  /** Its schema's name. */
  schema: string;
  /** Its whole, quoted name, for statements. */
  sql: string;
  wanted: Table;
  /** undefined where it is missing, or is no table. */
  found: Table | undefined;
}

export function ofType(table: { constraints: readonly Constraint[] } | undefined, type: Constraint['type']) {
  return table?.constraints.filter((one) => one.type === type) ?? [];
}

/** A fault of status `failed`; `statements` repair it. */
export function failed(
  place: Pick<Fault, 'name' | 'area' | 'table'>,
  migrate: Fault['migrate'],
  detail: string,
  ...statements: string[]
): Fault {
  const sql = statements.length === 0 ? {} : { sql: statements.join('\n') };
  return { ...place, status: 'failed', detail, ...sql, migrate };
}
