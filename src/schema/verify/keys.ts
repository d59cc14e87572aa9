import type { Db } from '../../db/connection.ts';
import { type CheckConstraint, expectedForeignKeys, type ForeignKey } from '../expected/keys.ts';
import { identifier } from '../statement.ts';
import type { Fault } from './fault.ts';

export interface Constraint {
  table: string;
  name: string;
  /** p, u, f or c. */
  type: string;
  /** The first column it is on; null for a check of none. */
  column: string | null;
  columns: number;
  /** Of a foreign key. */
  parent: string | null;
  delete_rule: string | null;
  definition: string;
  validated: boolean;
}

export function readConstraints(db: Db, schema: string): Promise<Constraint[]> {
  return db<Constraint[]>`
    SELECT child.relname AS table, conname AS name, contype AS type, attname AS column, cardinality(conkey) AS columns,
      parent.relname AS parent,
      CASE confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT'
        WHEN 'd' THEN 'SET DEFAULT' WHEN 'a' THEN 'NO ACTION' END AS delete_rule,
      pg_get_constraintdef(pg_constraint.oid) AS definition, convalidated AS validated
    FROM pg_constraint
    JOIN pg_class child ON child.oid = conrelid
    LEFT JOIN pg_class parent ON parent.oid = confrelid
    LEFT JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE child.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema}) AND contype IN ('p', 'u', 'f', 'c')`;
}

/** `keys`: table and column of each primary key. A unique constraint on the same column serves as well. */
export function checkPrimaryKeys(
  schema: string,
  keys: ReadonlyMap<string, string>,
  constraints: readonly Constraint[],
): Fault[] {
  return [...keys]
    .filter(([table, column]) => {
      const unique = constraints.filter((one) => one.table === table && /[pu]/.test(one.type));
      return !unique.some((one) => one.columns === 1 && one.column === column);
    })
    .map(([table, column]) => ({
      name: `primary key of ${table}`,
      table,
      status: 'failed',
      detail: `It is missing, or not on ${column} alone.`,
      sql: `ALTER TABLE ${identifier(schema, table)} ADD PRIMARY KEY (${identifier(column)});`,
      // A foreign key can point at nothing else.
      migrate: expectedForeignKeys.some(([, , parent]) => parent === table) ? 'refuses' : 'leaves',
    }));
}

/** `parentKeys`: the primary key column of each parent. What a key is called does not matter. */
export function checkForeignKeys(
  schema: string,
  expected: readonly ForeignKey[],
  parentKeys: ReadonlyMap<string, string>,
  constraints: readonly Constraint[],
): Fault[] {
  return expected.flatMap(([child, column, parent, deleteRule]): Fault[] => {
    const name = `foreign key ${child}.${column}`;
    const table = identifier(schema, child);
    const found = constraints.filter(
      (one) => one.type === 'f' && one.table === child && one.columns === 1 && one.column === column,
    );
    const right = found.filter((one) => one.parent === parent && one.delete_rule === deleteRule);
    const wrong = found.filter((one) => one.parent === parent && one.delete_rule !== deleteRule);
    if (wrong.length > 0 || right.length === 0) {
      const drops = wrong.map((one) => `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(one.name)};`);
      const target = `${identifier(schema, parent)} (${identifier(parentKeys.get(parent) ?? '')})`;
      const add =
        `ALTER TABLE ${table} ADD CONSTRAINT ${identifier(`FK_${child}_${parent}_${column}`)} ` +
        `FOREIGN KEY (${identifier(column)}) REFERENCES ${target} ON DELETE ${deleteRule};`;
      const detail =
        wrong.length > 0
          ? `It is ON DELETE ${wrong[0]?.delete_rule}, where ${deleteRule} is needed.`
          : `There is none to ${parent} (ON DELETE ${deleteRule}).`;
      const sql = [...drops, ...(right.length === 0 ? [add] : [])].join('\n');
      return [{ name, table: child, status: 'failed', detail, sql, migrate: 'mends' }];
    }
    return right.every((one) => one.validated)
      ? []
      : [unvalidated(name, child, table, right, `name a row of ${parent} that is not there`)];
  });
}

/** What a check is called does not matter; its definition does. */
export function checkChecks(
  schema: string,
  expected: readonly CheckConstraint[],
  constraints: readonly Constraint[],
): Fault[] {
  return expected.flatMap(([child, definition]): Fault[] => {
    const name = `check of ${child}`;
    const table = identifier(schema, child);
    const found = constraints.filter(
      (one) => one.type === 'c' && one.table === child && one.definition.startsWith(definition),
    );
    if (found.length === 0) {
      const sql = `ALTER TABLE ${table} ADD ${definition};`;
      const detail = `It is missing: ${definition}.`;
      return [{ name, table: child, status: 'failed', detail, sql, migrate: 'mends' }];
    }
    return found.some((one) => one.validated) ? [] : [unvalidated(name, child, table, found, 'violate it')];
  });
}

/** The migration leaves a constraint so where rows of the application's are against it: they are not ours to change. */
function unvalidated(
  name: string,
  child: string,
  table: string,
  constraints: readonly Constraint[],
  fault: string,
): Fault {
  return {
    name,
    table: child,
    migrate: 'leaves',
    status: 'warning',
    detail: `It binds new rows only: rows from before may ${fault}. Correct them first, then run the statement.`,
    sql: constraints
      .map((one) => `ALTER TABLE ${table} VALIDATE CONSTRAINT ${identifier(one.name)};`)
      .join('\n'),
  };
}
