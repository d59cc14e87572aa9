import { expected, isOf20, isWritten, tablesAdded } from '../expected.ts';
import type { Column } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { isAcceptableType, isSameDefault, isSameKind } from './column-type.ts';
import { type Fault, failed, ofType, type Pair } from './fault.ts';

/**
 * One fault for a table that is missing, or for each column that is missing or differs in type, nullability or default.
 * Columns beyond the expected ones are the application's, and no fault.
 */
export function compareColumns(pair: Pair, isOther: boolean): Fault[] {
  const { name, sql, wanted, found } = pair;
  const columns = Object.entries(wanted.columns);
  if (found) return columns.flatMap(([column, one]) => compareColumn(pair, column, one));
  const place = { name: `table ${name}`, area: 'tables and columns', table: name } as const;
  if (!isOther) {
    const definitions = columns
      .map(([column, one]) => `${identifier(column)} ${definition(one)}`)
      .join(',\n  ');
    return [failed(place, 'repairs', 'The table is missing.', `CREATE TABLE ${sql} (\n  ${definitions}\n);`)];
  }
  if (tablesAdded.includes(name)) {
    const rename = `ALTER TABLE ${sql} RENAME TO ${identifier(`${name}_other`)};`;
    return [failed(place, 'refuses', 'It is not a table.', rename)];
  }
  // The application needs it under its name.
  const detail = 'It is a view or the like, which can have neither our triggers nor keys.';
  const advice = "Put the schema that has the table itself first on the role's search_path.";
  return [{ ...failed(place, 'refuses', detail), advice }];
}

function compareColumn(pair: Pair, name: string, wanted: Column): Fault[] {
  const { name: table, sql } = pair;
  const found = pair.found?.columns[name];
  const place = { name: `column ${table}.${name}`, area: 'tables and columns', table } as const;
  if (!found) {
    if (wanted.type === 'any type')
      return [failed(place, 'refuses', 'The column of the application is missing.')];
    const migrate = table === 'Projects' && !isOf20(table, name) ? 'repairs' : 'refuses';
    const add = `ALTER TABLE ${sql} ADD COLUMN ${identifier(name)} ${definition(wanted)};`;
    return [failed(place, migrate, 'The column is missing.', add)];
  }
  const faults: Fault[] = [];
  const column = identifier(name);
  const alter = `ALTER TABLE ${sql} ALTER COLUMN ${column}`;
  const dropDefault = `${alter} DROP DEFAULT;`;
  const setDefault = `${alter} ${isIdentity(wanted) ? 'ADD' : 'SET'} ${defaultClause(wanted)};`;
  const written = isWritten(table);
  if (!isAcceptableType(found.type, wanted.type)) {
    // One that is merely too narrow harms where a value that does not fit comes from here.
    const harmful = written || table === 'Projects' || !isSameKind(found.type, wanted.type);
    const detail = `It is ${found.type}, where ${wanted.type} is needed.`;
    const type = storedType(wanted);
    const collation = isSameKind(type, 'text') && pair.found?.collations?.[name];
    const collate = collation ? ` COLLATE ${collation}` : '';
    // A default of the old type need not fit the new one, and stands in the way.
    const statements = [dropDefault, `${alter} TYPE ${type}${collate} USING ${column}::${type};`];
    if (wanted.default) statements.push(setDefault);
    const isOtherKey = wanted.type === 'uuid' && !isSameKind(found.type, 'text');
    const fault = failed(place, harmful ? 'refuses' : 'leaves', detail, ...(isOtherKey ? [] : statements));
    faults.push(isOtherKey ? { ...fault, advice: 'Only keys of the type uuid are supported.' } : fault);
  }
  const generated = /^generated always as \(.* (stored|virtual)$/s.exec(found.default ?? '');
  if (generated)
    return [...faults, ...compareGenerated(place, generated[1] === 'virtual', name, found.default ?? '')];
  if (wanted.nullable === true && !found.nullable) {
    const setNull = ofType(pair.wanted, 'f').some(
      ({ columns, deleteRule }) => columns[0] === name && deleteRule === 'SET NULL',
    );
    const migrate = setNull ? 'repairs' : written ? 'refuses' : 'leaves';
    faults.push(failed(place, migrate, 'It refuses null, and must accept it.', `${alter} DROP NOT NULL;`));
  }
  if (wanted.nullable === false && found.nullable) {
    // Rows that hold null get the default, as they would have if the column had come with it.
    const fill = `UPDATE ${sql} SET ${column} = ${wanted.default} WHERE ${column} IS NULL;`;
    const statements = [...(wanted.default ? [fill] : []), `${alter} SET NOT NULL;`];
    faults.push(failed(place, 'leaves', 'It accepts null, and must refuse it.', ...statements));
  }
  if (isSameDefault(found.default ?? '', wanted.default ?? '')) return faults;
  if (wanted.default !== null) {
    // The migration sets the defaults of 2.0 whatever they were, and others only where there is none.
    const migrate = isOf20(table, name) || !found.default ? 'repairs' : 'leaves';
    const given = found.default ? `is ${found.default}` : 'is missing';
    const detail = `Its default ${given}, where ${wanted.default} is needed.`;
    faults.push(failed(place, migrate, detail, setDefault));
  } else if (wanted.nullable === true) {
    // EF Core gives a column that refuses null a default of its own; that one is no fault.
    const detail = `Its default is ${found.default}, where none is expected.`;
    faults.push({ ...failed(place, 'leaves', detail, dropDefault), status: 'warning' });
  }
  return faults;
}

/** Reading a generated column is as good as reading any other. */
function compareGenerated(
  place: Pick<Fault, 'name' | 'area' | 'table'>,
  isVirtual: boolean,
  column: string,
  generation: string,
): Fault[] {
  const { table } = place;
  const detail = `It is ${generation}`;
  const optional = table === 'Projects' ? FILLED_ON_REQUEST[column] : undefined;
  const indexed = expected.application.indexes.some(
    (index) => index.table === table && index.definition.includes(`"${column}"`),
  );
  if (isWritten(table) || (table === 'Projects' && column.startsWith('Inverter')))
    return [failed(place, 'refuses', `${detail}, and must take values.`)];
  if (isVirtual && indexed) return [failed(place, 'refuses', `${detail}, and step 007 cannot index it.`)];
  return optional ? [{ ...failed(place, 'leaves', `${detail}: ${optional}.`), status: 'warning' }] : [];
}

/** Columns of "Projects" that nothing but these writes. */
const FILLED_ON_REQUEST: Readonly<Record<string, string>> = {
  LastActivityAt: 'POST /events/activity cannot raise it, and fails',
  Province: 'the command and the job classify cannot fill it, and fail',
  Region: 'the command and the job classify cannot fill it, and fail',
  FacilityType: 'the command and the job classify cannot fill it, and fail',
};

/** `uuid NOT NULL DEFAULT gen_random_uuid()` */
export function definition(column: Column): string {
  const notNull = column.nullable === false ? ' NOT NULL' : '';
  return `${storedType(column)}${notNull} ${defaultClause(column)}`.trimEnd();
}

function defaultClause(column: Column): string {
  if (column.default === null) return '';
  return isIdentity(column) ? column.default.toUpperCase() : `DEFAULT ${column.default}`;
}

function isIdentity(column: Column): boolean {
  return column.default === 'generated always as identity';
}

/** The first of several is the one that the guide gives. */
function storedType({ type }: Column): string {
  return type.split(' or ')[0] ?? type;
}
