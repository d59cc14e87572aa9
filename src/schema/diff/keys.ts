/** Primary keys, foreign keys and checks. What they are called does not matter. */
import type { Constraint } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { type Fault, failed, ofType, type Pair } from './fault.ts';

/**
 * A unique constraint on the same columns serves as well, and one on more columns where no foreign key points at the table
 * (`isParent`): that of a partitioned table holds its partition columns too.
 */
export function comparePrimaryKey({ name, sql, wanted, found }: Pair, isParent: boolean): Fault[] {
  const place = { name: `primary key of ${name}`, area: 'primary keys', table: name } as const;
  const keys = [...ofType(found, 'p'), ...ofType(found, 'u')];
  return ofType(wanted, 'p')
    .filter(
      ({ columns }) =>
        !keys.some((one) => isSame(one.columns, columns) || (!isParent && holds(one.columns, columns))),
    )
    .map(({ columns }) =>
      failed(
        place,
        !found ? 'repairs' : isParent ? 'refuses' : 'leaves',
        `It is missing, or not on ${columns.join(', ')} alone.`,
        `ALTER TABLE ${sql} ADD PRIMARY KEY (${list(columns)});`,
      ),
    );
}

export function compareForeignKeys({ name: child, schema, sql, wanted, found }: Pair): Fault[] {
  return ofType(wanted, 'f').flatMap((key): Fault[] => {
    const { parent, columns, deleteRule } = key;
    const place = { name: `foreign key ${child}.${columns}`, area: 'foreign keys', table: child } as const;
    const same = ofType(found, 'f').filter((one) => one.parent === parent && isSame(one.columns, columns));
    const right = same.filter((one) => one.deleteRule === deleteRule);
    const wrong = same.filter((one) => one.deleteRule !== deleteRule);
    if (wrong.length === 0 && right.length > 0) {
      if (right.every(({ validated }) => validated)) return [];
      return [{ ...place, ...unvalidated(sql, right, `name a row of ${parent} that is not there`) }];
    }
    const drops = wrong.map((one) => `ALTER TABLE ${sql} DROP CONSTRAINT ${identifier(one.name)};`);
    const add =
      `ALTER TABLE ${sql} ADD CONSTRAINT ${identifier(key.name)} FOREIGN KEY (${list(columns)}) ` +
      `REFERENCES ${identifier(schema, parent ?? '')} (${list(key.parentColumns)}) ON DELETE ${deleteRule};`;
    const detail = wrong[0]
      ? `It is ON DELETE ${wrong[0].deleteRule}, where ${deleteRule} is needed.`
      : `There is none to ${parent} (ON DELETE ${deleteRule}).`;
    return [failed(place, 'repairs', detail, ...drops, ...(right.length === 0 ? [add] : []))];
  });
}

export function compareChecks({ name: child, sql, wanted, found }: Pair): Fault[] {
  const place = { name: `check of ${child}`, area: 'check constraints', table: child } as const;
  return ofType(wanted, 'c').flatMap(({ definition }): Fault[] => {
    const same = ofType(found, 'c').filter((one) => one.definition.startsWith(definition));
    if (same.some(({ validated }) => validated)) return [];
    if (same.length > 0) return [{ ...place, ...unvalidated(sql, same, 'violate it') }];
    return [
      failed(place, 'repairs', `It is missing: ${definition}.`, `ALTER TABLE ${sql} ADD ${definition};`),
    ];
  });
}

/** The migration leaves a constraint so where rows of the application's are against it: they are not ours to change. */
function unvalidated(table: string, constraints: readonly Constraint[], rows: string) {
  return {
    migrate: 'leaves',
    status: 'warning',
    detail: `It binds new rows only: rows from before may ${rows}. Correct them first, then run the statement.`,
    sql: constraints
      .map((one) => `ALTER TABLE ${table} VALIDATE CONSTRAINT ${identifier(one.name)};`)
      .join('\n'),
  } as const;
}

function holds(one: readonly string[], other: readonly string[]): boolean {
  return other.every((column) => one.includes(column));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join() === other.join();
}

function list(columns: readonly string[]): string {
  return columns.map((column) => identifier(column)).join(', ');
}
