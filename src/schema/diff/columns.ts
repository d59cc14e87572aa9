import { enumerationOf, isOf20, isWritten } from '../expected.ts';
import type { Column } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import {
  acceptNull,
  addColumn,
  convert,
  createTable,
  dropDefault,
  type NamedColumn,
  refuseNull,
  setDefault,
} from './column-statements.ts';
import { isAcceptableType, isSameDefault, isSameKind } from './column-type.ts';
import { type Fault, failed, ofType, type Pair } from './fault.ts';

/**
 * One fault for a table that is missing, or for each column that is missing or differs in type, nullability or default.
 * Columns beyond the expected ones are the application's, and no fault.
 */
export function compareColumns(pair: Pair, isOther: boolean): Fault[] {
  const { name, sql, wanted, found } = pair;
  const columns = Object.entries(wanted.columns).map(([column, one]) => ({ name: column, ...one }));
  if (found) return columns.flatMap((column) => compareColumn(pair, column, found.columns[column.name]));
  const place = { name: `table ${name}`, area: 'tables and columns', table: name } as const;
  if (!isOther) return [failed(place, 'repairs', 'The table is missing.', createTable(sql, columns))];
  const rename = `ALTER TABLE ${sql} RENAME TO ${identifier(`${name}_other`)};`;
  return [failed(place, 'refuses', 'It is not a table.', rename)];
}

function compareColumn(pair: Pair, wanted: NamedColumn, found: Column | undefined): Fault[] {
  const { name: table, sql } = pair;
  const place = { name: `column ${table}.${wanted.name}`, area: 'tables and columns', table } as const;
  if (!found) {
    if (wanted.type === 'any type')
      return [failed(place, 'refuses', 'The column of the application is missing.')];
    const added = table === 'Projects' && !isOf20(table, wanted.name);
    return [failed(place, added ? 'repairs' : 'refuses', 'The column is missing.', addColumn(sql, wanted))];
  }
  const faults: Fault[] = [];
  const written = isWritten(table);
  if (!isAcceptableType(found.type, wanted.type)) {
    // One that is merely too narrow harms where a value that does not fit comes from here.
    const harmful = written || table === 'Projects' || !isSameKind(found.type, wanted.type);
    const detail = `It is ${found.type}, where ${wanted.type} is needed.`;
    const names = isSameKind(found.type, 'text') ? enumerationOf(table, wanted.name) : undefined;
    faults.push(failed(place, harmful ? 'refuses' : 'leaves', detail, convert(sql, wanted, names)));
  }
  if (wanted.nullable === true && !found.nullable) {
    const setNull = ofType(pair.wanted, 'f').some(
      ({ columns, deleteRule }) => columns[0] === wanted.name && deleteRule === 'SET NULL',
    );
    const migrate = setNull ? 'repairs' : written ? 'refuses' : 'leaves';
    faults.push(failed(place, migrate, 'It refuses null, and must accept it.', acceptNull(sql, wanted)));
  }
  if (wanted.nullable === false && found.nullable) {
    faults.push(failed(place, 'leaves', 'It accepts null, and must refuse it.', refuseNull(sql, wanted)));
  }
  if (isSameDefault(found.default ?? '', wanted.default ?? '')) return faults;
  if (wanted.default !== null) {
    // The migration sets the defaults of 2.0 whatever they were, and others only where there is none.
    const migrate = isOf20(table, wanted.name) || !found.default ? 'repairs' : 'leaves';
    const given = found.default ? `is ${found.default}` : 'is missing';
    const detail = `Its default ${given}, where ${wanted.default} is needed.`;
    faults.push(failed(place, migrate, detail, setDefault(sql, wanted)));
  } else if (wanted.nullable === true) {
    // EF Core gives a column that refuses null a default of its own; that one is no fault.
    const detail = `Its default is ${found.default}, where none is expected.`;
    faults.push({ ...failed(place, 'leaves', detail, dropDefault(sql, wanted)), status: 'warning' });
  }
  return faults;
}
