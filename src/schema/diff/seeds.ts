import type { Db } from '../../db/connection.ts';
import { expected, type SeedRow } from '../expected.ts';
import { type Row, readRows } from '../schema-shape.ts';
import { identifier, literal } from '../statement.ts';
import { type Fault, failed } from './fault.ts';

/**
 * One fault for each seed row that is missing or has less than the guide gives it. A row is found by its name in any
 * case, else by its id. A province may be missing where another region lists it: it was moved on purpose. Changed texts
 * belong to who changed them, and are worth a warning.
 */
export async function compareSeeds(db: Db, schema: string): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const [table, seeds] of Object.entries(expected.seeds)) {
    const found = await readRows(db, schema, table);
    for (const seed of seeds) faults.push(...compareRow(schema, table, seed, found));
  }
  return faults;
}

function compareRow(schema: string, table: string, seed: SeedRow, found: readonly Row[]): Fault[] {
  const [[idColumn, id] = ['', ''], [nameColumn, name] = ['', '']] = Object.entries(seed);
  const row =
    found.find((one) => String(one[nameColumn]).toLowerCase() === name) ??
    found.find((one) => one[idColumn] === id);
  const place = { name: `seed row ${table}.${name}`, area: 'seed rows', table } as const;
  const others = found.filter((one) => one !== row).flatMap((one) => listed(one['Provinces']));
  const wanted = Object.entries(seed).map(
    ([column, value]) =>
      [column, typeof value === 'string' ? value : value.filter((one) => !others.includes(one))] as const,
  );
  if (!row) return [failed(place, 'repairs', 'The row is missing.', insertion(schema, table, wanted))];

  const where = `WHERE ${identifier(idColumn)} = ${literal(String(row[idColumn]))};`;
  return wanted.slice(1).flatMap(([column, value]): Fault[] => {
    const set = `UPDATE ${identifier(schema, table)} SET ${identifier(column)} =`;
    if (typeof value !== 'string') {
      const missing = value.filter((one) => !listed(row[column]).includes(one));
      if (missing.length === 0) return [];
      const sql = `${set} ${identifier(column)} || ${literal(missing)} ${where}`;
      return [failed(place, 'leaves', `${column} lacks ${missing.join(', ')}.`, sql)];
    }
    const given = String(row[column] ?? '');
    if (given === value || (column === nameColumn && given.toLowerCase() === value)) return [];
    const detail = `${column} is ${JSON.stringify(given)}, where the guide has ${JSON.stringify(value)}.`;
    return [{ ...failed(place, 'leaves', detail, `${set} ${literal(value)} ${where}`), status: 'warning' }];
  });
}

/** A row may hold something that is no list of names. */
function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map((one) => String(one).trim()) : [];
}

type Values = readonly (readonly [column: string, value: string | readonly string[]])[];

function insertion(schema: string, table: string, values: Values): string {
  const columns = values.map(([column]) => identifier(column)).join(', ');
  const literals = values.map(([, value]) => literal(value)).join(', ');
  return `INSERT INTO ${identifier(schema, table)} (${columns})\nVALUES (${literals});`;
}
