/** A command that is stopped in the middle: what it says, how it ends, and that nothing goes on in the server. */
import { describe, expect, it } from 'vitest';
import { allTestsGet, databaseForTest, holding, type TestDatabase } from '../support/servers/database.ts';
import { startCommand } from '../support/service/command-line.ts';
import { typeCommand } from '../support/service/typed-command.ts';
import { HOLD_BUILDS, letBuildsBeHeld } from '../support/sql/cells.ts';
import { addRows, install20 } from '../support/sql/fixtures.ts';

const LAST = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
const SLOW = `
  CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(120); RETURN NEW; END'`;

/** Sessions that wait for a lock, or sleep in a trigger. */
const waiting = ({ sql }: TestDatabase) => sql`
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')`;

/** Stops a command that has come to wait in the server, as Ctrl-C does, and asks that it does not wait there any more. */
async function interrupt(database: TestDatabase, line: string) {
  const stop = new AbortController();
  const command = typeCommand(line, { DATABASE_URL: database.url }, stop.signal);
  await expect.poll(() => waiting(database), { timeout: 25_000 }).toHaveLength(1);
  stop.abort();
  const ended = await command;
  expect(await waiting(database)).toHaveLength(0);
  expect(ended.code).toBe(1);
  return ended;
}

describe('of a migrated database', () => {
  const database = allTestsGet('migrated', (sql) =>
    sql.unsafe(`${SLOW};
      CREATE TRIGGER slow BEFORE UPDATE ON "Projects" FOR EACH ROW
        WHEN (NEW."ProjectId" = '${LAST}') EXECUTE FUNCTION slow()`),
  );

  it.each([
    ['preflight', 'LOCK TABLE "Projects" IN ACCESS EXCLUSIVE MODE'],
    ['status', 'LOCK TABLE dashboard_stats.migrations IN ACCESS EXCLUSIVE MODE'],
    ['recompute', 'SELECT FROM dashboard_stats.state FOR UPDATE'],
    ['invalidate --all', 'SELECT FROM dashboard_stats.state FOR UPDATE'],
    ['demo --projects 10', 'LOCK TABLE "Projects" IN ACCESS EXCLUSIVE MODE'],
    ['verify', 'LOCK TABLE "DashboardStatsCache" IN ACCESS EXCLUSIVE MODE'],
  ])('%s changes nothing', async (line, lock) => {
    const holder = await holding(database.url, lock);
    const { stderr } = await interrupt(database, line);
    expect(stderr).toBe('Interrupted: nothing was changed. Run it again to go on.\n');
    await holder.end();
  });

  it('recompute tells that the statistics are computed while it builds cells', async () => {
    await letBuildsBeHeld(database.sql);
    const holder = await holding(database.url, HOLD_BUILDS);
    const { stdout, stderr } = await interrupt(database, 'recompute --full');
    expect(stdout).toMatch(/\nDocuments that changed: \d+ of \d+; revision \d+; \d+ ms\.\n$/);
    expect(stderr).toBe(
      'Interrupted: the statistics are computed, and what changes are folded into is built after the next one. ' +
        'Run it again to go on.\n',
    );
    await holder.end();
  });

  it('classify tells what it wrote', async () => {
    // More than a batch; only the last one in the order of the ids is slow.
    await database.sql`INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate")
      SELECT CASE n WHEN 1 THEN ${LAST}::uuid ELSE gen_random_uuid() END, 'สถานีผลิตน้ำ', 'จ.เชียงใหม่', 'c', 0, now()
      FROM generate_series(1, 550) n`;
    const { stderr } = await interrupt(database, 'classify');
    expect(stderr).toBe(
      'Interrupted: what is written stays, and the rest is as it was. Projects read: 500. Written: regions 500, ' +
        'provinces 500, facility types 500. Run it again to go on.\n',
    );
    expect(await database.sql`SELECT FROM "Projects" WHERE "Region" IS NULL`).toHaveLength(50);
  });

  it('uninstall removes nothing, and has JSON too', async () => {
    const holder = await holding(database.url, 'LOCK TABLE "ProjectStatusHistory" IN ROW EXCLUSIVE MODE');
    const { stderr, stdout } = await interrupt(database, 'uninstall --yes --force --json');
    const message = 'Interrupted: nothing was removed. Run it again to go on.';
    expect(stderr).toBe(`${message}\n`);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'interrupted', message } });
    await holder.end();
    expect(await database.sql`SELECT FROM pg_trigger WHERE tgname LIKE 'dashboard_stats%'`).toHaveLength(10);
  });
});

it('migrate, in a process of its own that gets SIGINT, tells what was applied', async () => {
  const database = await databaseForTest('empty');
  await install20(database.sql);
  await addRows(database.sql);
  await database.sql.unsafe(`${SLOW};
    CREATE TRIGGER slow BEFORE UPDATE ON "Projects" FOR EACH ROW EXECUTE FUNCTION slow()`);
  const command = startCommand(['migrate'], { DATABASE_URL: database.url });
  await expect.poll(() => waiting(database), { timeout: 25_000 }).toHaveLength(1);
  command.kill('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(1);
  expect(await waiting(database)).toHaveLength(0);
  expect(stderr).toBe(
    'Interrupted: applied: 1, up to 001_schema_2_0.sql; the next one was rolled back. Run it again to go on.\n',
  );
  expect(await database.sql`SELECT FROM dashboard_stats.migrations`).toHaveLength(1);
});
