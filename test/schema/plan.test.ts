/** `migrate --dry-run`: says exactly what would be run, and runs nothing. */
import { expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { planMigration } from '../../src/schema/plan.ts';
import { alterDatabase, databaseForTest, eachTestGets } from '../support/servers/database.ts';
import { describeSchema, fingerprint, readRows } from '../support/sql/catalog.ts';
import { addRows, install20 } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const { sql } = eachTestGets('empty');

const plan = (options: { to?: number; triggers?: boolean } = {}) =>
  planMigration(sql, files, { triggers: true, ...options });

it('lists what is pending with its SQL, and changes nothing', async () => {
  await install20(sql);
  await addRows(sql);
  const before = await fingerprint(sql);
  const { steps, collisions } = await plan({ to: 3 });
  expect(steps).toEqual(
    files.slice(0, 3).map(({ number, name, sql: text }) => ({ number, name, action: 'run', sql: text })),
  );
  expect(collisions).toEqual([]);
  expect(await fingerprint(sql)).toEqual(before);
});

it('is empty where nothing is pending', async () => {
  await migrate(sql, files);
  expect(await plan()).toEqual({ preamble: '', steps: [], collisions: [], stillPending: 0 });
});

it('run by hand makes what migrate makes, the table of migrations included', async () => {
  const { sql: other } = await databaseForTest('empty');
  for (const db of [sql, other]) {
    await install20(db);
    await addRows(db);
  }
  const { preamble, steps } = await plan();
  await sql.unsafe(preamble);
  for (const { sql: text } of steps) await sql.unsafe(text);
  await migrate(other, files);
  for (const schema of ['public', 'dashboard_stats'])
    expect(await describeSchema(sql, schema)).toEqual(await describeSchema(other, schema));
  const projects = async (db: Sql) => (await readRows(db, { without: ['CreatedAt'] }))['Projects'];
  expect(await projects(sql)).toEqual(await projects(other));
});

it('shows how triggers are left out and taken away', async () => {
  await migrate(sql, files, { to: 9 });
  const { steps } = await plan({ triggers: false });
  expect(steps.map(({ number }) => number)).toEqual(files.map(({ number }) => number).filter((n) => n > 9));
  expect(steps.filter(({ action }) => action === 'skip').map(({ number }) => number)).toEqual([10]);
  await migrate(sql, files);
  const [removal] = (await plan({ triggers: false })).steps;
  expect(removal).toMatchObject({ number: 10, action: 'skip' });
  await sql.unsafe(removal?.sql ?? '');
  expect(await sql`SELECT FROM pg_trigger WHERE tgname LIKE 'dashboard_stats%'`).toHaveLength(0);
});

it.each([
  { pending: 'steps from 010 on', refused: true, triggers: true },
  { pending: 'only that triggers are taken away', refused: false, triggers: false },
])('agrees with migrate on what is in the way where $pending are pending', async ({ refused, triggers }) => {
  await migrate(sql, files, refused ? { to: 9 } : {});
  await sql`ALTER TABLE "Projects" ALTER COLUMN "Region" TYPE integer USING 0`;
  const inTheWay = expect.stringMatching(/^column Projects\.Region: It is integer/);
  expect((await plan({ triggers })).collisions).toEqual(refused ? [inTheWay] : []);
  const migrated = migrate(sql, files, { triggers });
  if (refused) await expect(migrated).rejects.toThrow(/column Projects\.Region: It is integer/);
  else await expect(migrated).resolves.toHaveLength(files.length);
});

it('works where nothing may be written', async () => {
  await install20(sql);
  await alterDatabase(sql, 'default_transaction_read_only = on');
  expect((await plan()).steps).toHaveLength(files.length);
});
