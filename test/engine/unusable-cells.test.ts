/** Cells are a copy that the engine can do without: whatever is done to their tables, documents stay exact. */
import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { audit } from '../../src/engine/audit.ts';
import { buildCells } from '../../src/engine/build.ts';
import { type CellTable, tableOf } from '../../src/engine/cell-tables.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { MissingRightError } from '../../src/errors.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { allTestsGet } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';
import { tableInUse } from '../support/sql/cells.ts';

const database = allTestsGet('migrated', async (sql) => {
  await seedDemo(sql, { projects: 100, seed: 1 });
  await putCellsToUse(engineContext(sql));
});
const { sql } = database;
const context = () => engineContext(sql);
const change = () => sql`
  UPDATE "Projects" SET "PvModuleCount" = coalesce("PvModuleCount", 0) + 1
  WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY 1 LIMIT 1)`;

const WAYS: [table: CellTable, break_: (table: string) => string][] = [
  ['totals', (table) => `ALTER TABLE ${table} DROP CONSTRAINT totals_pkey`],
  ['breakdowns', (table) => `DROP TABLE ${table}`],
  ['days', (table) => `ALTER TABLE ${table} DROP COLUMN n`],
  ['contributions', (table) => `ALTER TABLE ${table} ALTER kw TYPE text`],
  ['places', (table) => `DROP TABLE ${table}`],
];
test.each(WAYS)(
  '%s that somebody broke are replaced by a build, and documents stay exact',
  async (name, break_) => {
    const table = await tableInUse(sql, name);
    // The key's name has the number of its table.
    const key = `${table.split('.')[1]}_pkey`;
    await sql.unsafe(break_(table).replace('totals_pkey', key));
    await change();
    const broken = await refresh(context());
    expect(broken).toMatchObject({ outcome: 'done', scanned: true });
    expect(broken.unusableCells).toBeInstanceOf(Error);
    await expectOracleAgrees(sql);
    expect(await buildCells(context())).toBe(true);
    expect(await tableInUse(sql, name)).not.toBe(table);
    await change();
    expect(await refresh(context())).toMatchObject({ outcome: 'done', scanned: false });
    await expectOracleAgrees(sql);
  },
);

test('an audit takes cells that it cannot read out of use, and compares the documents all the same', async () => {
  await sql.unsafe(`DROP TABLE ${await tableInUse(sql, 'contributions')}`);
  expect(await audit(context())).toEqual({ projects: [], documents: [], leftOut: 0 });
  expect(await sql`SELECT generation FROM dashboard_stats.state`).toEqual([{ generation: 0 }]);
  expect(await buildCells(context())).toBe(true);
  await refresh(context());
});

test('a role that may not create tables refreshes by scans, and the build names the right that it lacks', async () => {
  await withRole(database, async (theirs, role) => {
    await sql.unsafe(`
      GRANT USAGE ON SCHEMA public, dashboard_stats TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, dashboard_stats TO ${role};
      REVOKE ALL ON ${await tableInUse(sql, 'totals')} FROM ${role}`);
    await change();
    expect(await refresh(engineContext(theirs))).toMatchObject({ outcome: 'done', scanned: true });
    const error = await buildCells(engineContext(theirs)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MissingRightError);
    await sql.unsafe((error as MissingRightError).help ?? '');
    expect(await buildCells(engineContext(theirs))).toBe(true);
    expect(await refresh(engineContext(theirs))).toMatchObject({ outcome: 'done', scanned: false });
    await expectOracleAgrees(sql);
    const totals = await tableInUse(sql, 'totals');
    expect(totals).not.toBe(tableOf('totals', 1));
  });
});
