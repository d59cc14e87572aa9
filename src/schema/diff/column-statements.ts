/** The statements that give a table the columns that are expected. `table` is a whole, quoted name. */

import type { Column } from '../schema-shape.ts';
import { identifier, literal } from '../statement.ts';

export interface NamedColumn extends Column {
  name: string;
}

export function createTable(table: string, columns: readonly NamedColumn[]): string {
  return `CREATE TABLE ${table} (\n  ${columns.map(definition).join(',\n  ')}\n);`;
}

export function addColumn(table: string, column: NamedColumn): string {
  return `ALTER TABLE ${table} ADD COLUMN ${definition(column)};`;
}

/**
 * A default of the old type need not fit the new one, and stands in the way.
 *
 * @param names of an enumeration that the column holds as text, in the order of their values from 0 on
 */
export function convert(table: string, column: NamedColumn, names?: readonly string[]): string {
  const type = storedType(column);
  const name = identifier(column.name);
  const value = names ? valueOfName(name, names, type) : `${name}::${type}`;
  const statements = [dropDefault(table, column), `${alter(table, column)} TYPE ${type} USING ${value};`];
  if (column.default) statements.push(setDefault(table, column));
  return statements.join('\n');
}

/** Text that is no name may be the number itself; anything else stops the statement, which then names it. */
function valueOfName(column: string, names: readonly string[], type: string): string {
  const cases = names.map((name, value) => `WHEN ${literal(name.toLowerCase())} THEN ${value}`);
  return `CASE lower(${column}) ${cases.join(' ')} ELSE ${column}::${type} END`;
}

/** Rows that hold null get the default, as they would have if the column had come with it. */
export function refuseNull(table: string, column: NamedColumn): string {
  const name = identifier(column.name);
  const fill = `UPDATE ${table} SET ${name} = ${column.default} WHERE ${name} IS NULL;\n`;
  return `${column.default ? fill : ''}${alter(table, column)} SET NOT NULL;`;
}

export function acceptNull(table: string, column: NamedColumn): string {
  return `${alter(table, column)} DROP NOT NULL;`;
}

export function setDefault(table: string, column: NamedColumn): string {
  return `${alter(table, column)} ${isIdentity(column) ? 'ADD' : 'SET'} ${defaultClause(column)};`;
}

export function dropDefault(table: string, column: NamedColumn): string {
  return `${alter(table, column)} DROP DEFAULT;`;
}

function alter(table: string, column: NamedColumn): string {
  return `ALTER TABLE ${table} ALTER COLUMN ${identifier(column.name)}`;
}

function definition(column: NamedColumn): string {
  const notNull = column.nullable === false ? ' NOT NULL' : '';
  return `${identifier(column.name)} ${storedType(column)}${notNull} ${defaultClause(column)}`.trimEnd();
}

function defaultClause(column: NamedColumn): string {
  if (column.default === null) return '';
  return isIdentity(column) ? column.default.toUpperCase() : `DEFAULT ${column.default}`;
}

function isIdentity(column: NamedColumn): boolean {
  return column.default === 'generated always as identity';
}

/** The first of several is the one that the guide gives. */
function storedType({ type }: NamedColumn): string {
  return type.split(' or ')[0] ?? type;
}
