/** `migrate --dry-run`: says exactly what would be run, and runs nothing. */
import { expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { loadMigrations, migrate } from '../../src/migration/migrator.ts';
import { planMigration } from '../../src/migration/plan.ts';
import { eachTestGets, type TestDatabase } from '../support/database.ts';
import { fingerprint } from './catalog.ts';
import { addRows, install20 } from './fixtures.ts';

const files = await loadMigrations();
let database: TestDatabase;
let sql: Sql;

eachTestGets('empty', (made) => {
  database = made;
  sql = made.sql;
});

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
  expect(await plan()).toEqual({ steps: [], collisions: [] });
});

it('shows how triggers are left out and taken away', async () => {
  await migrate(sql, files, { to: 9 });
  const { steps } = await plan({ triggers: false });
  expect(steps.map(({ number }) => number)).toEqual(files.map(({ number }) => number).filter((n) => n > 9));
  expect(steps.filter(({ action }) => action === 'skip').map(({ number }) => number)).toEqual([10, 12]);
  await migrate(sql, files);
  const [removal] = (await plan({ triggers: false })).steps;
  expect(removal).toMatchObject({ number: 10, action: 'remove-triggers' });
  await sql.unsafe(removal?.sql ?? '');
  expect(await sql`SELECT FROM pg_trigger WHERE tgname LIKE 'dashboard_stats%'`).toHaveLength(0);
});

it('names what is in the way', async () => {
  await install20(sql);
  await sql`ALTER TABLE "Projects" ADD COLUMN "Region" integer`;
  expect((await plan()).collisions).toEqual([
    expect.stringMatching(/^column Projects\.Region: It is integer/),
  ]);
});

it('refuses an edited file as migrate does', async () => {
  await migrate(sql, files);
  const edited = files.map((file) => (file.number === 4 ? { ...file, checksum: 'other' } : file));
  await expect(planMigration(sql, edited, { triggers: true })).rejects.toThrow(/Edited after it was applied/);
});

it('works where nothing may be written', async () => {
  await install20(sql);
  await sql.unsafe(
    `ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" SET default_transaction_read_only = on`,
  );
  expect((await plan()).steps).toHaveLength(files.length);
});
