/** A schema as expected.json has it: what somebody who knows SQL can read. test/schema/expected.test.ts writes it. */
import type { Column, Constraint, Schema, Table } from './schema-shape.ts';

export interface WrittenSchema {
  tables: Readonly<Record<string, WrittenTable>>;
  functions: Schema['functions'];
}

/** What is left out is as in EMPTY. */
interface WrittenTable extends Partial<Omit<Table, 'columns' | 'constraints'>> {
  /** By name: `text NOT NULL DEFAULT 'a'::text`. */
  columns: Readonly<Record<string, string>>;
  /** By name: `PRIMARY KEY ("RegionId")`. */
  constraints: Readonly<Record<string, string>>;
  /** By name, as Index.definition. */
  indexes?: Readonly<Record<string, string>>;
}

export const EMPTY = { isTable: true, replicatesWholeRows: false, options: {}, triggers: {} } as const;

export function readWritten({ tables, functions }: WrittenSchema): Schema {
  const all = Object.entries(tables);
  return {
    tables: Object.fromEntries(
      all.map(([name, { indexes: _, ...table }]) => [
        name,
        {
          ...EMPTY,
          ...table,
          columns: mapped(table.columns, (_, definition) => columnOf(definition)),
          constraints: Object.values(mapped(table.constraints, constraintOf)),
        },
      ]),
    ),
    indexes: all.flatMap(([table, { indexes = {} }]) =>
      Object.entries(indexes).map(([name, definition]) => ({ table, name, definition, valid: true })),
    ),
    functions,
  };
}

function mapped<T>(
  record: Readonly<Record<string, string>>,
  made: (name: string, definition: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, made(name, value)]));
}

function columnOf(definition: string): Column {
  const [, type = '', notNull, value, generated] =
    /^(.+?)( NOT NULL)?(?: DEFAULT (.+)| (GENERATED .+))?$/.exec(definition) ?? [];
  return { type, nullable: !notNull, default: value ?? generated?.toLowerCase() ?? null };
}

function constraintOf(name: string, definition: string): Constraint {
  const [, columns, parent, parentColumns, deleteRule = 'NO ACTION'] =
    /^(?:.+ KEY|UNIQUE) \((.+?)\)(?: REFERENCES (\S+)\((.+?)\)(?: ON DELETE (.+))?)?$/.exec(definition) ?? [];
  return {
    name,
    type: definition.slice(0, 1).toLowerCase() as Constraint['type'],
    columns: names(columns),
    parent: names(parent)[0] ?? null,
    parentColumns: names(parentColumns),
    deleteRule: parent ? deleteRule : null,
    definition,
    validated: true,
  };
}

/** Without quotes and schema. */
function names(list: string | undefined): string[] {
  return list?.split(', ').map((name) => name.replace(/^\w+\.|"/g, '')) ?? [];
}
