/** What a person and a script see of `classify`. */
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { insert, project } from '../support/application/classified.ts';
import { eachTestGets, type TestDatabase } from '../support/servers/database.ts';
import { startCommand } from '../support/service/command-line.ts';

let database: TestDatabase;
let sql: Sql;

eachTestGets('migrated', (made) => {
  database = made;
  sql = made.sql;
});

test('the command prints what it would do and why, then does it', async () => {
  const run = async (...args: string[]) => {
    const { code, stdout } = await startCommand(['classify', ...args], { DATABASE_URL: database.url }).ended;
    expect(code).toBe(0);
    return stdout;
  };
  const id = await insert(sql, { name: 'ถังน้ำใส', address: 'ต.ในเวียง อ.เมืองน่าน' });
  const table = await run('--dry-run');
  expect(table).toContain(
    `${id}  ถังน้ำใส: province น่าน, region northern 90 %, facility type reservoir 90 %. The address says "`,
  );
  expect(table).toContain('The address says "อ.เมืองน่าน". The name says "ถังน้ำ".');
  expect(table).toContain('Would be written: regions 1, provinces 1, facility types 1.');
  expect(JSON.parse(await run('--dry-run', '--json'))).toMatchObject({
    ...{ dryRun: true, read: 1, regions: 1 },
    projects: [{ projectId: id, province: 'น่าน', region: { name: 'northern', method: 'address_based' } }],
  });
  expect(await project(sql, id)).toMatchObject({ region: null });
  expect(JSON.parse(await run('--json'))).toEqual({
    ...{
      database: expect.any(String),
      dryRun: false,
      read: 1,
      provinces: 1,
      regions: 1,
      facilityTypes: 1,
      busy: 0,
      refused: [],
    },
  });
  expect(await project(sql, id)).toEqual({ province: 'น่าน', region: 'northern', facility: 'reservoir' });
});

test('it ends with exit code 1 where a rule lets nobody write a project, and names it', async () => {
  const stuck = await insert(sql, { address: 'จ.ตาก' });
  await sql`ALTER TABLE "Projects" ADD CHECK ("Region" <> 'western')`;
  const { code, stdout } = await startCommand(['classify', '--json'], { DATABASE_URL: database.url }).ended;
  expect(JSON.parse(stdout)).toMatchObject({ read: 1, regions: 0, refused: [stuck] });
  expect(code).toBe(1);
});
