/** What a freshly migrated database looks like. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { createDatabase } from '../support/servers/database.ts';
import { describeSchema, readRows } from '../support/sql/catalog.ts';
import { install20, install21ByTheGuide } from '../support/sql/fixtures.ts';

const [fresh, guide] = [
  await createDatabase({ template: 'empty' }),
  await createDatabase({ template: 'empty' }),
];

beforeAll(async () => {
  await migrate(fresh.sql, await loadMigrations(), { to: 8 });
  await install20(guide.sql);
  await install21ByTheGuide(guide.sql);
});
afterAll(() => Promise.all([fresh.drop(), guide.drop()]));

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
    const counts = Object.entries(rows).map(([table, { length }]) => [table, length]);
    const wanted = { ProjectRegions: 4, WaterFacilityTypes: 5, SignalRGroups: 9, Roles: 4 };
    expect(Object.fromEntries(counts)).toMatchObject(wanted);
  });

  it('leaves nothing behind in our own schema but the record of the migrations', async () => {
    const lines = await describeSchema(fresh.sql, 'dashboard_stats');
    expect(lines.filter((line) => /^(table|function) /.test(line))).toEqual(['table migrations']);
  });
});
