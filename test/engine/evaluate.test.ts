/** Documents from the cells of three projects: the same as from a scan, for the scopes asked for. */
import { expect, test } from 'vitest';
import type { Tx } from '../../src/db/connection.ts';
import { createTables } from '../../src/engine/cell-tables.ts';
import { moveCells } from '../../src/engine/cells.ts';
import { type Asked, evaluate } from '../../src/engine/evaluate.ts';
import { fold } from '../../src/engine/fold.ts';
import { writePlaces } from '../../src/engine/places.ts';
import { scan } from '../../src/engine/scan.ts';
import { daysAfter } from '../../src/stats/days.ts';
import {
  A,
  addThreeProjects,
  asEngine,
  B,
  byKey,
  C,
  THE_DAY,
} from '../support/application/three-projects.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');

const withCells = <T>(work: (tx: Tx) => Promise<T>) =>
  asEngine(database.sql, async (tx) => {
    await createTables(tx, 1);
    await fold(tx, 1, THE_DAY, [A, B, C]);
    await writePlaces(tx, 1);
    return work(tx);
  });

test('every document from the cells is that of the scan, on the day and on days after it', async () => {
  const { sql } = database;
  await addThreeProjects(sql);
  await sql`UPDATE "Projects" SET "EstimatedEndDate" = '2026-06-18', "WaterAuthority" = ' MWA ' WHERE "ProjectId" = ${C}`;
  await withCells(async (tx) => {
    let day = THE_DAY;
    for (const later of [0, 1, 5, 20, 40, 400]) {
      const today = daysAfter(THE_DAY, later);
      await moveCells(tx, 1, day, today);
      day = today;
      const fromCells = byKey(await evaluate(tx, 1, today, undefined));
      expect(fromCells, `${later} days later`).toEqual(byKey(await scan(tx, today)));
      expect(fromCells['global'].totalProjects).toBe(3);
    }
  });
});

test('an authority that is too long for an index of the cells is none', async () => {
  const { sql } = database;
  await addThreeProjects(sql);
  await sql`ALTER TABLE "Projects" ALTER COLUMN "WaterAuthority" TYPE text`;
  const long = Array.from({ length: 900 }, (_, i) => `การประปา${i}`).join('');
  await sql`UPDATE "Projects" SET "WaterAuthority" = CASE WHEN "ProjectId" = ${A} THEN ${long} ELSE repeat('ก', 255) END`;
  await withCells(async (tx) => {
    const documents = await evaluate(tx, 1, THE_DAY, undefined);
    expect(byKey(documents)).toEqual(byKey(await scan(tx, THE_DAY)));
    const global = documents.find(({ key }) => key === 'global');
    const names = JSON.parse(global?.statistics ?? '{}').breakdown.authorities.map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toContain('ก'.repeat(255));
    expect(names).not.toContain(long);
  });
});

test('only the documents are computed that are asked for by key, or that a cell asked for counts in', async () => {
  await addThreeProjects(database.sql);
  await withCells(async (tx) => {
    const keys = async (asked: Partial<Asked>) => {
      const documents = await evaluate(tx, 1, THE_DAY, { keys: [], cells: [], ...asked });
      return documents.map(({ key }) => key);
    };
    expect(await keys({ keys: ['region:western', 'region:nowhere'] })).toEqual(['region:western']);
    expect(await keys({ cells: ['global', 'region:northern'] })).toEqual(['global', 'region:northern']);
    // Projects without a facility type are in no facility's document.
    expect(await keys({ cells: ['facility'] })).toEqual([]);
  });
});
