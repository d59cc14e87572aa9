/** kill -9 of the commands' own processes, inside a step and between two: the next run finishes, and nothing is lost. */
import { expect, it, vi } from 'vitest';
import { loadMigrations, migrate, status } from '../../src/schema/migrator.ts';
import { allTestsGet, holding } from '../support/servers/database.ts';
import { startCommand } from '../support/service/command-line.ts';
import { describeSchema, fingerprint, readRows } from '../support/sql/catalog.ts';
import { addRows, eachTestGets20, install20 } from '../support/sql/fixtures.ts';

vi.setConfig({ testTimeout: 90_000 });

const files = await loadMigrations();
const database = eachTestGets20();
const { sql } = database;
const unharmed = allTestsGet('empty', async (theirs) => {
  await install20(theirs);
  await addRows(theirs);
  await migrate(theirs, files);
});

const content = async (db = sql) => ({
  objects: await describeSchema(db),
  rows: await readRows(db, { without: ['CreatedAt'] }),
});
const applied = async () => (await status(sql, files)).filter((one) => one.state === 'applied').length;
const start = (...args: string[]) => startCommand(args, { DATABASE_URL: database.url });

/** Sessions that wait for a lock of this kind. `advisory`: between two steps, where each asks for the migration lock. */
const waitingFor = (kind: 'relation' | 'advisory') => sql`
  SELECT FROM pg_locks WHERE NOT granted AND locktype = ${kind}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const reached = (kind: 'relation' | 'advisory', sessions: number) =>
  expect.poll(() => waitingFor(kind), { timeout: 25_000, interval: 20 }).toHaveLength(sessions);

/** Kills the command where it waits for the table, inside a step. */
async function killInside(table: string, ...args: string[]): Promise<void> {
  const holder = await holding(database.url, `LOCK TABLE "${table}" IN ROW EXCLUSIVE MODE`);
  const command = start(...args);
  await reached('relation', 1);
  command.kill('SIGKILL');
  await command.ended;
  await holder`ROLLBACK`;
}

/** Kills the command where it waits for the migration lock, which a session of the test has got between two steps. */
async function killBetween(table: string, ...args: string[]): Promise<void> {
  const holder = await holding(database.url, `LOCK TABLE "${table}" IN ROW EXCLUSIVE MODE`);
  const other = await holding(database.url, 'SELECT');
  const command = start(...args);
  await reached('relation', 1);
  // Locks are given in the order in which they were asked for.
  const locked = other`SELECT pg_advisory_xact_lock(x'64617368'::int)`.execute();
  await reached('advisory', 1);
  await holder`ROLLBACK`;
  await locked;
  await reached('advisory', 1);
  command.kill('SIGKILL');
  await command.ended;
  await other`ROLLBACK`;
}

it.each([
  ['inside a step', killInside],
  ['between two steps', killBetween],
])('migrate killed %s leaves whole steps, and the next run finishes', async (_, kill) => {
  await kill('Projects', 'migrate');
  expect([1, 2]).toContain(await applied());
  expect(await start('migrate').ended).toMatchObject({ code: 0, stderr: '' });
  expect(await content()).toEqual(await content(unharmed.sql));
});

it('uninstall killed inside its transaction removes nothing, and the next run removes all', async () => {
  await migrate(sql, files);
  const before = await fingerprint(sql);
  await killInside('ProjectActivityFeed', 'uninstall', '--yes', '--force');
  expect(await fingerprint(sql)).toEqual(before);
  expect(await start('uninstall', '--yes', '--force').ended).toMatchObject({ code: 0, stderr: '' });
  expect(await sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`).toHaveLength(0);
});
