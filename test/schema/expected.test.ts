/**
 * src/schema/expected.json is what the migrations make; preflight, migrate and verify compare databases with it. After a
 * change of sql/, `npm run build:expected` writes it again.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { definition } from '../../src/schema/diff/columns.ts';
import type { Expected } from '../../src/schema/expected.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { readSchema, type Schema } from '../../src/schema/schema-shape.ts';
import { EMPTY, readWritten, type WrittenSchema } from '../../src/schema/written-schema.ts';
import { databaseForTest } from '../support/servers/database.ts';

const files = await loadMigrations();

it('expected.json holds what the migrations make of schema 2.0, and the rows of the guide', async () => {
  const { sql } = await databaseForTest('empty');
  await migrate(sql, files, { to: 1 });
  const schema20 = await readSchema(sql, 'public');
  await migrate(sql, files, { to: 8 });
  const seeds = await readSeeds(sql);
  await migrate(sql, files);
  const own = await readSchema(sql, 'dashboard_stats');
  const made: Expected = {
    application: without(await readSchema(sql, 'public'), schema20),
    own: withoutMigrations(own),
    seeds,
  };
  const file = { application: written(made.application), own: written(made.own), seeds };
  await expect(`${JSON.stringify(file, null, 2)}\n`).toMatchFileSnapshot('../../src/schema/expected.json');
  for (const name of ['application', 'own'] as const) expect(readWritten(file[name])).toEqual(made[name]);
});

function written({ tables, indexes, functions }: Schema): WrittenSchema {
  const byName = (all: readonly { name: string; definition: string }[]) =>
    Object.fromEntries(all.map((one) => [one.name, one.definition]));
  const all = Object.entries(tables).map(([name, { columns, constraints, ...table }]) => {
    const own = indexes.filter((index) => index.table === name);
    const special = Object.entries(table).filter(
      ([key, value]) => !isDeepStrictEqual(value, EMPTY[key as keyof typeof EMPTY]),
    );
    return [
      name,
      {
        columns: Object.fromEntries(
          Object.entries(columns).map(([column, one]) => [column, definition(one)]),
        ),
        constraints: byName(constraints),
        ...(own.length > 0 && { indexes: byName(own) }),
        ...Object.fromEntries(special),
      },
    ] as const;
  });
  return { tables: Object.fromEntries(all), functions };
}

/** Without what somebody may change (whether a row is active), and what depends on the time. */
async function readSeeds(sql: Sql): Promise<Expected['seeds']> {
  const seeds: [string, Expected['seeds'][string]][] = [];
  for (const table of ['ProjectRegions', 'WaterFacilityTypes', 'SignalRGroups']) {
    const rows = await sql<{ row: Record<string, string | string[] | null> }[]>`
      SELECT to_json(seed) AS row FROM ${sql(table)} seed ORDER BY 1::text`;
    const kept = rows.map(({ row }) =>
      Object.entries(row).filter(([name, value]) => value !== null && !/^(IsActive|CreatedAt)$/.test(name)),
    );
    seeds.push([table, kept.map((row) => Object.fromEntries(row)) as Expected['seeds'][string]]);
  }
  return Object.fromEntries(seeds);
}

/** What is new or another than in `before`, and every primary key. The service needs nothing of "Roles". */
function without(schema: Schema, before: Schema): Schema {
  const { Roles: _roles, ...all } = schema.tables;
  const tables = Object.entries(all).map(([name, { collations: _, ...table }]) => {
    const old = before.tables[name];
    const columns = Object.entries(table.columns).filter(
      ([key, one]) => !isDeepStrictEqual(one, old?.columns[key]),
    );
    const constraints = table.constraints.filter(
      (one) =>
        one.type === 'p' ||
        !isDeepStrictEqual(
          one,
          old?.constraints.find(({ name: other }) => other === one.name),
        ),
    );
    return [name, { ...table, columns: Object.fromEntries(columns), constraints }] as const;
  });
  return {
    ...schema,
    tables: Object.fromEntries(tables),
    indexes: schema.indexes.filter((one) => !before.indexes.some(({ name }) => name === one.name)),
  };
}

/** The table of migrations belongs to the runner. */
function withoutMigrations(schema: Schema): Schema {
  const { migrations: _migrations, ...all } = schema.tables;
  const tables = Object.fromEntries(
    Object.entries(all).map(([name, { collations: _, ...table }]) => [name, table]),
  );
  return { ...schema, tables, indexes: schema.indexes.filter(({ table }) => table !== 'migrations') };
}
