import type { Column } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { enumerationOf, isOf20, isWritten } from '../tolerance.ts';
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
import { type Fault, ofType, type Pair } from './fault.ts';

type ColumnFault = Pick<Fault, 'status' | 'detail' | 'migrate' | 'sql'>;

/**
 * One fault for a table that is missing, or for each column that is missing or differs in type, nullability or default.
 * Columns beyond the expected ones are the application's, and no fault.
 */
export function compareColumns(pair: Pair, isOther: boolean): Fault[] {
  const { name, sql, wanted, found } = pair;
  const columns = Object.entries(wanted.columns).map(([column, one]) => ({ name: column, ...one }));
  if (!found) {
    const fault = isOther
      ? failed(
          'refuses',
          'It is not a table.',
          `ALTER TABLE ${sql} RENAME TO ${identifier(`${name}_other`)};`,
        )
      : failed('repairs', 'The table is missing.', createTable(sql, columns));
    return [{ name: `table ${name}`, area: 'tables and columns', table: name, ...fault }];
  }
  return columns.flatMap((column) =>
    compareColumn(pair, column, found.columns[column.name]).map((fault) => ({
      name: `column ${name}.${column.name}`,
      area: 'tables and columns' as const,
      table: name,
      ...fault,
    })),
  );
}

function compareColumn(pair: Pair, wanted: NamedColumn, found: Column | undefined): ColumnFault[] {
  const { name: table, sql } = pair;
  if (!found) {
    if (wanted.type === 'any type') return [failed('refuses', 'The column of the application is missing.')];
    const added = table === 'Projects' && !isOf20(table, wanted.name);
    return [failed(added ? 'repairs' : 'refuses', 'The column is missing.', addColumn(sql, wanted))];
  }
  const faults: ColumnFault[] = [];
  const written = isWritten(table);
  if (!isAcceptableType(found.type, wanted.type)) {
    // One that is merely too narrow harms where a value that does not fit comes from here.
    const harmful = written || table === 'Projects' || !isSameKind(found.type, wanted.type);
    const detail = `It is ${found.type}, where ${wanted.type} is needed.`;
    const names = isSameKind(found.type, 'text') ? enumerationOf(table, wanted.name) : undefined;
    faults.push(failed(harmful ? 'refuses' : 'leaves', detail, convert(sql, wanted, names)));
  }
  if (wanted.nullable === true && !found.nullable) {
    const setNull = ofType(pair.wanted, 'f').some(
      ({ columns, deleteRule }) => columns[0] === wanted.name && deleteRule === 'SET NULL',
    );
    const detail = 'It refuses null, and must accept it.';
    faults.push(
      failed(setNull ? 'repairs' : written ? 'refuses' : 'leaves', detail, acceptNull(sql, wanted)),
    );
  }
  if (wanted.nullable === false && found.nullable) {
    faults.push(failed('leaves', 'It accepts null, and must refuse it.', refuseNull(sql, wanted)));
  }
  // The migration sets this default whatever it was, and others only where there is none.
  const set = isOf20(table, wanted.name);
  return [...faults, ...compareDefault(sql, wanted, found, set)];
}

function compareDefault(table: string, wanted: NamedColumn, found: Column, set: boolean): ColumnFault[] {
  if (isSameDefault(found.default ?? '', wanted.default ?? '')) return [];
  if (wanted.default !== null) {
    const given = found.default ? `is ${found.default}` : 'is missing';
    const detail = `Its default ${given}, where ${wanted.default} is needed.`;
    return [failed(set || !found.default ? 'repairs' : 'leaves', detail, setDefault(table, wanted))];
  }
  // EF Core gives a column that refuses null a default of its own.
  if (wanted.nullable !== true) return [];
  const detail = `Its default is ${found.default}, where none is expected.`;
  return [{ status: 'warning', detail, sql: dropDefault(table, wanted), migrate: 'leaves' }];
}

function failed(migrate: Fault['migrate'], detail: string, sql?: string): ColumnFault {
  return { status: 'failed', detail, migrate, ...(sql === undefined ? {} : { sql }) };
}
