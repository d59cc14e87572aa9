/** The fold of three projects into cells, one change at a time. */
import { expect, test } from 'vitest';
import type { Tx } from '../../src/db/connection.ts';
import { createTables } from '../../src/engine/cell-tables.ts';
import { fold } from '../../src/engine/fold.ts';
import { A, addThreeProjects, asEngine, B, C, THE_DAY } from '../support/application/three-projects.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');

const folded = async (tx: Tx, ...ids: string[]) => (await fold(tx, 1, THE_DAY, ids)).cells.sort();
/** Projects, kW and overdue projects of each cell. */
async function cells(tx: Tx): Promise<Record<string, [number, number, number]>> {
  const rows = await tx<{ scope: string; projects: number; kw: number; overdue: number }[]>`
    SELECT scope, "totalProjects"::float8 AS projects, "capacity.totalKw"::float8 AS kw,
      "schedule.overdue"::float8 AS overdue
    FROM dashboard_stats.totals_1 t`;
  return Object.fromEntries(rows.map(({ scope, projects, kw, overdue }) => [scope, [projects, kw, overdue]]));
}

test('each change of a project moves the cells that it is written in, and no other', async () => {
  await addThreeProjects(database.sql);
  await asEngine(database.sql, async (tx) => {
    await createTables(tx, 1);
    const all = ['facility', 'facility:reservoir', 'global', 'region:northern', 'region:western'];
    expect(await folded(tx, A, B, C)).toEqual(all);
    expect(await cells(tx)).toEqual({
      global: [3, 12.75, 1],
      'region:northern': [2, 12.5, 1],
      'region:western': [1, 0.25, 0],
      'facility:reservoir': [2, 10.75, 0],
      facility: [1, 2, 1],
    });

    // Nothing that counts is another than before.
    await tx`UPDATE "Projects" SET "Description" = 'x' WHERE "ProjectId" = ${B}`;
    expect(await folded(tx, A, B, C)).toEqual([]);

    await tx`UPDATE "Projects" SET "Status" = 2, "TotalCapacityKw" = 'NaN' WHERE "ProjectId" = ${B}`;
    expect(await folded(tx, B)).toEqual(['facility', 'global', 'region:northern']);
    expect(await cells(tx)).toMatchObject({ global: [3, 10.75, 0], facility: [1, 0, 0] });

    await tx`UPDATE "Projects" SET "Region" = NULL WHERE "ProjectId" = ${C}`;
    expect(await folded(tx, C)).toEqual(['facility:reservoir', 'global', 'region', 'region:western']);
    expect(await cells(tx)).toMatchObject({ region: [1, 0.25, 0], 'region:western': [0, 0, 0] });

    await tx`DELETE FROM "Projects" WHERE "ProjectId" = ${A}`;
    expect(await folded(tx, A)).toEqual(['facility:reservoir', 'global', 'region:northern']);
    expect(await cells(tx)).toMatchObject({ global: [2, 0.25, 0], 'facility:reservoir': [1, 0.25, 0] });
    expect(await tx`SELECT project_id AS id FROM dashboard_stats.contributions_1 ORDER BY 1`).toEqual([
      { id: B },
      { id: C },
    ]);
  });
});
