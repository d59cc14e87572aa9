/** What a freshly migrated database looks like. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { cellIndexes, cellKeys, cellTables } from '../../src/schema/expected/cells.ts';
import { isAcceptableType, parseColumn } from '../../src/schema/expected/column.ts';
import { canonicalIndex, expectedIndexes } from '../../src/schema/expected/indexes.ts';
import { expectedChecks, expectedForeignKeys } from '../../src/schema/expected/keys.ts';
import { ownChecks, ownIndexes, ownTables } from '../../src/schema/expected/own-schema.ts';
import { changedProjectColumns, expectedTables, projectColumns } from '../../src/schema/expected/schema.ts';
import { expectedSeeds } from '../../src/schema/expected/seeds.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';
import { describeSchema, readRows } from '../support/sql/catalog.ts';
import { addRows, install20, install21ByTheGuide, MANAGER } from '../support/sql/fixtures.ts';

let fresh: TestDatabase;
let guide: TestDatabase;

beforeAll(async () => {
  fresh = await createDatabase({ template: 'empty' });
  await migrate(fresh.sql, await loadMigrations(), { to: 8 });
  guide = await createDatabase({ template: 'empty' });
  await install20(guide.sql);
  await install21ByTheGuide(guide.sql);
});
/** In the words of expected/schema.ts. */
async function columnsOf(sql: Sql, schema: string): Promise<Record<string, Record<string, string>>> {
  const rows = await sql<{ table: string; column: string; text: string }[]>`
    SELECT relname AS table, attname AS column, concat(format_type(atttypid, atttypmod),
      CASE WHEN attnotnull THEN ' not null' END, ' default ' || pg_get_expr(adbin, adrelid),
      CASE attidentity WHEN 'a' THEN ' generated always as identity' END) AS text
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = ${schema}::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`;
  const found: Record<string, Record<string, string>> = {};
  for (const { table, column, text } of rows) {
    found[table] ??= {};
    found[table][column] = text;
  }
  return found;
}
afterAll(async () => {
  await fresh.drop();
  await guide.drop();
});

describe('an empty database', () => {
  it('gets every table, column, default, key, check and index of the guide, and a manager that can be null', async () => {
    const wanted = (await describeSchema(guide.sql)).map((line) =>
      line === 'column Projects.ProjectManagerId uuid not null'
        ? 'column Projects.ProjectManagerId uuid'
        : line,
    );
    expect(await describeSchema(fresh.sql)).toEqual(wanted);

    const count = (prefix: string) => wanted.filter((line) => line.startsWith(prefix)).length;
    expect({
      tables: count('table '),
      namedIndexes: count('index CREATE INDEX "IX_'),
      foreignKeys: wanted.filter((line) => line.includes(' FOREIGN KEY ')).length,
      checks: wanted.filter((line) => line.includes(' CHECK ')).length,
    }).toEqual({ tables: 13 + 3, namedIndexes: 22 + 3, foreignKeys: 19 + 1, checks: 1 });
  });

  it('gets the seed rows of the guide and the four roles', async () => {
    const rows = await readRows(fresh.sql, { without: ['CreatedAt'] });
    expect(rows).toEqual(await readRows(guide.sql, { without: ['CreatedAt'] }));
    expect(rows['ProjectRegions']).toHaveLength(4);
    expect(rows['WaterFacilityTypes']).toHaveLength(5);
    expect(rows['SignalRGroups']).toHaveLength(9);
    expect(rows['Roles']).toHaveLength(4);
  });

  it('has the columns that verify and the migration compare existing ones with', async () => {
    const found = await columnsOf(fresh.sql, 'public');
    const { Users: _users, Roles: _roles, Projects: projects, ...tables } = found;
    expect(tables).toEqual(expectedTables);
    expect(projects).toMatchObject(projectColumns);
    for (const [column, text] of Object.entries(changedProjectColumns)) {
      const { type, default: value } = parseColumn(text);
      const given = parseColumn(projects?.[column] ?? '');
      expect([column, given.nullable, given.default]).toEqual([column, true, value]);
      expect(isAcceptableType(given.type, type)).toBe(true);
    }
    expect(Object.keys(expectedTables)).toHaveLength(13);
    expect(Object.keys(projectColumns)).toHaveLength(13);
  });

  it('has the seed rows that verify compares with', async () => {
    for (const { table, columns, rows } of expectedSeeds) {
      const found = await fresh.sql<Record<string, unknown>[]>`
        SELECT ${fresh.sql(columns)} FROM ${fresh.sql(table)} ORDER BY 1`;
      expect(found.map((row) => columns.map((column) => row[column]))).toEqual(rows);
    }
  });

  it('leaves nothing behind in our own schema but the record of the migrations', async () => {
    const lines = await describeSchema(fresh.sql, 'dashboard_stats');
    expect(lines.filter((line) => /^(table|function) /.test(line))).toEqual(['table migrations']);
  });
});

describe('a migrated database', () => {
  let migrated: TestDatabase;
  beforeAll(async () => {
    migrated = await createDatabase();
  });
  afterAll(() => migrated.drop());

  it('has the keys, checks and indexes that verify compares with, and no other on the tables that are new', async () => {
    const lines = [
      ...(await describeSchema(migrated.sql)),
      ...(await describeSchema(migrated.sql, 'dashboard_stats')),
    ];
    const keys = lines.filter((line) => / FOREIGN KEY /.test(line) && !line.includes('"Roles"'));
    expect(keys).toHaveLength(expectedForeignKeys.length);
    for (const [child, column, parent, rule] of expectedForeignKeys) {
      const start = `constraint ${child} FK_${child}_${parent}_${column} FOREIGN KEY ("${column}") REFERENCES "${parent}"`;
      expect(
        keys.filter((line) => line.startsWith(start) && line.endsWith(` ON DELETE ${rule}`)),
      ).toHaveLength(1);
    }
    const checks = lines.filter((line) => / CHECK /.test(line));
    expect(checks.map((line) => line.replace(/^constraint (\w+) \w+ /, '$1 ')).sort()).toEqual(
      [...expectedChecks, ...ownChecks].map(([table, definition]) => `${table} ${definition}`).sort(),
    );
    const indexes = await migrated.sql<{ table: string; name: string; definition: string }[]>`
      SELECT tablename AS table, indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE schemaname IN ('public', 'dashboard_stats') AND indexname !~ '_pkey$'
        AND NOT (SELECT relispartition FROM pg_class WHERE oid = format('%I.%I', schemaname, tablename)::regclass)
        AND indexname NOT IN ('IX_Projects_ProjectManagerId', 'IX_Projects_Status', 'IX_Projects_StartDate')`;
    const canonical = (list: readonly (readonly [string, string, string])[]) =>
      list.map(([table, name, definition]) => [table, name, canonicalIndex(definition)].join(' ')).sort();
    expect(canonical(indexes.map(({ table, name, definition }) => [table, name, definition]))).toEqual(
      canonical([...expectedIndexes, ...ownIndexes, ...cellIndexes]),
    );
  });

  it('has the own tables that verify compares with', async () => {
    const { migrations: _migrations, ...tables } = await columnsOf(migrated.sql, 'dashboard_stats');
    expect(tables).toEqual({ ...ownTables, ...cellTables });
    const lines = await describeSchema(migrated.sql, 'dashboard_stats');
    for (const [table, key] of Object.entries(cellKeys))
      expect(lines).toContain(`constraint ${table} ${table}_pkey ${key}`);
    expect(Object.keys(cellKeys)).toEqual(Object.keys(cellTables));
  });

  it('keeps a project whose manager is deleted, without a manager', async () => {
    const database = await createDatabase({ template: 'empty' });
    try {
      await migrate(database.sql, await loadMigrations());
      await addRows(database.sql);
      await database.sql`DELETE FROM "Users" WHERE "UserId" = ${MANAGER}`;
      const rows = await database.sql`
        SELECT "ProjectManagerId" AS manager FROM "Projects" WHERE "ProjectName" = 'สถานีผลิตน้ำ'`;
      expect(rows).toEqual([{ manager: null }]);
    } finally {
      await database.drop();
    }
  });
});
