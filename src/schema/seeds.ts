import type { Db } from '../db/connection.ts';
import { groupsOfScopes, type ScopeGroup } from '../outbox/groups.ts';
import type { Check } from './check.ts';
import { expected, type SeedRow } from './expected.ts';
import { type Row, readRows } from './schema-shape.ts';
import { identifier, literal } from './statement.ts';

/** `isThere`: the row is, and the migration leaves it; else the migration inserts it. */
export interface SeedFault extends Check {
  isThere: boolean;
}

/**
 * One fault for each seed row that is missing or has less than the guide gives it. A row is found by its name in any
 * case, else by its id. A province may be missing where another region lists it: it was moved on purpose. Changed texts
 * belong to who changed them, and are worth a warning.
 */
export async function compareSeeds(db: Db, schema: string): Promise<SeedFault[]> {
  const faults: SeedFault[] = [];
  for (const [table, seeds] of Object.entries(expected.seeds)) {
    const found = await readRows(db, schema, table);
    for (const seed of seeds) faults.push(...compareRow(schema, table, seed, found));
  }
  return faults;
}

function compareRow(schema: string, table: string, seed: SeedRow, found: readonly Row[]): SeedFault[] {
  const [[idColumn, id] = ['', ''], [nameColumn, name] = ['', '']] = Object.entries(seed);
  const row =
    found.find((one) => String(one[nameColumn]).toLowerCase() === name) ??
    found.find((one) => one[idColumn] === id);
  const fault = (status: Check['status'], detail: string, sql: string): SeedFault => {
    return { name: `seed row ${table}.${name}`, status, detail, sql, isThere: row !== undefined };
  };
  const into = identifier(schema, table);
  const others = found.filter((one) => one !== row).flatMap((one) => listed(one['Provinces']));
  const wanted = Object.entries(seed).map(
    ([column, value]) =>
      [column, typeof value === 'string' ? value : value.filter((one) => !others.includes(one))] as const,
  );
  if (!row) {
    const columns = wanted.map(([column]) => identifier(column)).join(', ');
    const values = wanted.map(([, value]) => literal(value)).join(', ');
    return [fault('failed', 'The row is missing.', `INSERT INTO ${into} (${columns})\nVALUES (${values});`)];
  }

  const where = `WHERE ${identifier(idColumn)} = ${literal(String(row[idColumn]))};`;
  return wanted.slice(1).flatMap(([column, value]): SeedFault[] => {
    const set = `UPDATE ${into} SET ${identifier(column)} =`;
    if (typeof value !== 'string') {
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

/** A row may hold something that is no list of names. */
function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map((one) => String(one).trim()) : [];
}

/** A missing one is reported as a seed row. */
const SEEDED = expected.seeds['SignalRGroups']?.map((row) => row['GroupName']) ?? [];

/**
 * A warning for each active region and facility type whose SignalR group is not there: the service adds it with its next
 * notification, and until then nobody can join it. The tables of both must be as expected.
 */
export async function checkGroups(db: Db, schema: string): Promise<Check[]> {
  const existing = new Set((await readRows(db, schema, 'SignalRGroups')).map((row) => row['GroupName']));
  return (await groupsOfScopes(db))
    .filter(({ name }) => !existing.has(name) && !SEEDED.includes(name))
    .map((group) => ({
      name: `group ${group.name}`,
      status: 'warning',
      detail: '"SignalRGroups" does not have it. The service adds it with its next notification.',
      sql: insertion(schema, group),
    }));
}

function insertion(schema: string, { id, name, type, description, entityId }: ScopeGroup): string {
  const columns = ['GroupId', 'GroupName', 'GroupType', 'Description', 'EntityId', 'IsActive', 'CreatedAt'];
  const values = [id, name, type, description, entityId].map(literal).join(', ');
  return `INSERT INTO ${identifier(schema, 'SignalRGroups')} (${columns.map((column) => identifier(column)).join(', ')})
VALUES (${values}, true, now());`;
}
