import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { expectedSeeds, type SeedTable } from '../expected/seeds.ts';
import { identifier, literal } from '../statement.ts';
import type { Fault } from './fault.ts';
import { type Row, readRows } from './rows.ts';

type Value = string | readonly string[];

/**
 * One check for each seed row that is missing or has less than the guide gives it. A row is found by its name in any
 * case, else by its id. A province may be missing where another region lists it: somebody put it there. Texts that
 * somebody changed are theirs, and worth a warning.
 */
export async function checkSeeds(db: Db, schema: string): Promise<Fault[]> {
  const checks: Fault[] = [];
  for (const seed of expectedSeeds) {
    const found = await readRows(db, schema, seed.table);
    for (const values of seed.rows) checks.push(...checkRow(schema, seed, values, found));
  }
  return checks;
}

function checkRow(schema: string, seed: SeedTable, values: readonly Value[], found: readonly Row[]): Fault[] {
  const [idColumn, nameColumn] = seed.columns;
  const [id, name] = values;
  const row =
    found.find((one) => String(one[nameColumn]).toLowerCase() === name) ??
    found.find((one) => one[idColumn] === id);
  const fault = (status: Check['status'], detail: string, sql: string): Fault => ({
    name: `seed row ${seed.table}.${name}`,
    table: seed.table,
    status,
    detail,
    sql,
    // What somebody has changed is theirs.
    migrate: row ? 'leaves' : 'mends',
  });
  const table = identifier(schema, seed.table);
  const wanted = values.map((value) => (isList(value) ? withoutTaken(value, row, found) : value));
  if (!row) {
    const columns = seed.columns.map((column) => identifier(column)).join(', ');
    const sql = `INSERT INTO ${table} (${columns})\nVALUES (${wanted.map(literal).join(', ')});`;
    return [fault('failed', 'The row is missing.', sql)];
  }

  const where = `WHERE ${identifier(idColumn)} = ${literal(String(row[idColumn]))};`;
  return seed.columns.slice(1).flatMap((column, place): Fault[] => {
    const value = wanted[place + 1] ?? '';
    const set = `UPDATE ${table} SET ${identifier(column)} =`;
    if (isList(value)) {
      const missing = value.filter((one) => !listed(row[column]).includes(one));
      if (missing.length === 0) return [];
      const sql = `${set} ${identifier(column)} || ${literal(missing)} ${where}`;
      return [fault('failed', `${column} lacks ${missing.join(', ')}.`, sql)];
    }
    const given = String(row[column] ?? '');
    if (given === value || (column === nameColumn && given.toLowerCase() === value)) return [];
    const detail = `${column} is ${JSON.stringify(given)}, where the guide has ${JSON.stringify(value)}.`;
    return [fault('warning', detail, `${set} ${literal(value)} ${where}`)];
  });
}

function isList(value: Value): value is readonly string[] {
  return typeof value !== 'string';
}

/** Without the provinces that a row other than `own` lists. */
function withoutTaken(provinces: readonly string[], own: Row | undefined, found: readonly Row[]): string[] {
  const taken = found.filter((row) => row !== own).flatMap((row) => listed(row['Provinces']));
  return provinces.filter((province) => !taken.includes(province));
}

/** Somebody's row may hold something that is no list of names. */
function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map((one) => String(one).trim()) : [];
}
