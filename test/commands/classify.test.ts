/** What a person and a script see of `classify`. */
import { expect, test } from 'vitest';
import { project } from '../support/application/classified.ts';
import { insertProject } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const database = eachTestGets('migrated');
const { sql } = database;
const classify = (options: string) => typeCommand(`classify ${options}`, { DATABASE_URL: database.url });

test('the command prints what it would do and why, then does it', async () => {
  const id = await insertProject(sql, { name: 'ถังน้ำใส', address: 'ต.ในเวียง อ.เมืองน่าน' });
  const { stdout: table } = await classify('--dry-run');
  expect(table).toContain(
    `${id}  ถังน้ำใส: province น่าน, region northern 90 %, facility type reservoir 90 %. The address says "`,
  );
  expect(table).toContain('The address says "อ.เมืองน่าน". The name says "ถังน้ำ".');
  expect(table).toContain('Would be written: regions 1, provinces 1, facility types 1.');
  const counts = { read: 1, provinces: 1, regions: 1, facilityTypes: 1, busy: 0, refused: [] };
  expect(JSON.parse((await classify('--dry-run --json')).stdout)).toMatchObject({
    ...{ dryRun: true, ...counts },
    projects: [{ projectId: id, province: 'น่าน', region: { name: 'northern', method: 'address_based' } }],
  });
  expect(await project(sql, id)).toMatchObject({ region: null });
  const { code, stdout } = await classify('--json');
  expect(JSON.parse(stdout)).toEqual({ database: expect.any(String), dryRun: false, ...counts });
  expect(code).toBe(0);
  expect(await project(sql, id)).toEqual({ province: 'น่าน', region: 'northern', facility: 'reservoir' });
});

test('it ends with exit code 1 where a rule lets nobody write a project, and names it', async () => {
  const stuck = await insertProject(sql, { address: 'จ.ตาก' });
  await sql`ALTER TABLE "Projects" ADD CHECK ("Region" <> 'western')`;
  const { code, stdout } = await classify('--json');
  expect(JSON.parse(stdout)).toMatchObject({ read: 1, regions: 0, refused: [stuck] });
  expect(code).toBe(1);
});
