/** Where cells count is kept; what gives a cell another place comes with the next refresh. */
import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { insertProject } from '../support/application/projects.ts';
import { expectOracleAgrees } from '../support/oracle/exact.ts';
import { allTestsGet } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';

const { sql } = allTestsGet('migrated', async (sql) => {
  await insertProject(sql, { region: 'northern', facility: 'reservoir' });
  await putCellsToUse(engineContext(sql));
});

test.each([
  ['a region', { region: 'western', facility: 'reservoir' }],
  ['a region that is none', { region: 'nowhere', facility: 'reservoir' }],
  ['a facility type that is none', { region: 'northern', facility: 'nothing' }],
])('a project that is the first with %s is counted at once', async (_, written) => {
  await insertProject(sql, written);
  expect(await refresh(engineContext(sql))).toMatchObject({ plan: 'fold' });
  await expectOracleAgrees(sql);
});

test.each([
  [
    'region that is no longer active',
    `UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'western'`,
  ],
  [
    'facility type that has their name now',
    `UPDATE "WaterFacilityTypes" SET "FacilityTypeName" = 'Nothing' WHERE "FacilityTypeName" = 'reservoir'`,
  ],
])('projects of a %s are counted where they belong then', async (_, change) => {
  await sql.unsafe(change);
  expect(await refresh(engineContext(sql))).toMatchObject({ plan: 'fold, evaluate all' });
  await expectOracleAgrees(sql);
});
