/** The triggers are what may be left out, taken back, and put in later. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { triggerState } from '../../src/engine/sql/trigger-state.ts';
import { loadMigrations, type MigrateOptions, migrate } from '../../src/schema/migrator.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { describeSchema } from '../support/sql/catalog.ts';

const files = await loadMigrations();
const TRIGGERS = 10;

async function run(sql: Sql, triggers?: MigrateOptions['triggers']) {
  const steps: string[] = [];
  const states = await migrate(sql, files, {
    ...(triggers === undefined ? {} : { triggers }),
    onStep: ({ number, outcome }) => number === TRIGGERS && steps.push(`${number} ${outcome}`),
  });
  const [counts] = await sql`
    SELECT (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'dashboard_stats%') AS triggers,
      (SELECT count(*) FROM pg_proc WHERE pronamespace = 'dashboard_stats'::regnamespace) AS functions,
      (SELECT wants_triggers FROM dashboard_stats.state) AS wanted`;
  const state = states.find(({ number }) => number === TRIGGERS)?.state;
  return { state, lastStep: steps.at(-1), ...counts };
}

const everything = async (sql: Sql) => [
  ...(await describeSchema(sql)),
  ...(await describeSchema(sql, 'dashboard_stats')),
];

const installed = { state: 'applied', triggers: 10, functions: 2, wanted: true };
const leftOut = { state: 'skipped', triggers: 0, functions: 0, wanted: false };

describe('the triggers of an empty database', () => {
  const { sql } = eachTestGets('empty');

  it('are left out where asked for, and put in by a later run', async () => {
    expect(await run(sql, false)).toEqual({ ...leftOut, lastStep: '10 skipped' });
    expect(await run(sql, false)).toEqual({ ...leftOut, lastStep: undefined });
    expect(await run(sql)).toEqual({ ...installed, lastStep: '10 applied' });
  });

  it('stay as they were decided with `keep`, and are installed where nothing was decided', async () => {
    expect(await run(sql, 'keep')).toEqual({ ...installed, lastStep: '10 applied' });
    expect(await run(sql, 'keep')).toEqual({ ...installed, lastStep: undefined });
    await run(sql, false);
    expect(await run(sql, 'keep')).toEqual({ ...leftOut, lastStep: undefined });
  });
});

describe('the triggers of a migrated database', () => {
  const { sql } = eachTestGets('migrated');

  it.each([
    ['dropped', 'DROP TRIGGER dashboard_stats_mark ON "Projects"'],
    ['disabled', 'ALTER TABLE "ProjectActivityFeed" DISABLE TRIGGER dashboard_stats_mark'],
    ['made ordinary, as a restore does', 'ALTER TABLE "Projects" ENABLE TRIGGER dashboard_stats_truncate'],
  ])('that somebody %s are repaired, all is marked, and they can still be removed', async (_, harm) => {
    const before = await everything(sql);
    await sql.unsafe(harm);
    await sql`DELETE FROM dashboard_stats.marks`;
    expect(await run(sql, 'keep')).toMatchObject({ lastStep: undefined });
    expect(await run(sql)).toEqual({ ...installed, lastStep: '10 applied' });
    expect(await everything(sql)).toEqual(before);
    expect(await sql`SELECT project_id FROM dashboard_stats.marks`).toEqual([{ project_id: null }]);
    expect(await run(sql, false)).toEqual({ ...leftOut, lastStep: '10 skipped' });
  });

  it('are read from the state, and wanted where that has lost its row; then migrate still knows what to do', async () => {
    await sql`DELETE FROM dashboard_stats.state`;
    expect(await triggerState(sql)).toEqual({ wanted: true, missing: [] });
    for (const triggers of ['keep', true] as const)
      expect((await migrate(sql, files, { triggers })).every(({ state }) => state === 'applied')).toBe(true);
    await sql`DROP TRIGGER dashboard_stats_mark ON "Projects"`;
    expect(await triggerState(sql)).toEqual({ wanted: true, missing: ['Projects.dashboard_stats_mark'] });
  });

  it('that were left out are no edited file when a newer version of the file comes', async () => {
    await run(sql, false);
    const newer = files.map((file) => (file.number === 10 ? { ...file, checksum: 'another' } : file));
    const states = await migrate(sql, newer);
    expect(states.find(({ number }) => number === 10)).toMatchObject({ state: 'applied' });
  });
});
