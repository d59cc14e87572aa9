/** What a person and a script see of `rollback`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';
import { startCommand } from '../support/service/command-line.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const rollback = (...args: string[]) =>
  startCommand(['rollback', ...args], { DATABASE_URL: database.url }).ended;
/** Beside the connections of this test. */
const undo = (...args: string[]) => rollback('--undo-to', ...args, '--force');

describe('rollback', () => {
  it('is wrong usage without a target, with two, or with none that is a number', async () => {
    const lines = [[], ['--to', 'x', '--undo-to', '1'], ['--undo-to', 'one']];
    for (const { code, stderr } of await Promise.all(lines.map((line) => rollback(...line)))) {
      expect(code).toBe(2);
      expect(stderr).toContain('Usage: dashboard-stats rollback');
    }
  });

  it('tells what would be lost, and without a terminal wants --yes', async () => {
    const { code, stdout, stderr } = await undo('4');
    expect(code).toBe(2);
    expect(stdout).toContain('010_triggers.sql, 009_dashboard_stats.sql, 008');
    expect(stdout).toContain('  table "public"."WaterFacilityTypes", rows: 5');
    expect(stderr).toContain('add --yes');
    expect(await database.sql`SELECT FROM dashboard_stats.migrations`).not.toHaveLength(0);
  });

  it('with --json, which shows nobody what would be lost, does not ask but wants --yes', async () => {
    for (const target of [
      ['--undo-to', '4'],
      ['--to', 'x.dump'],
    ]) {
      const { code, stdout } = await rollback(...target, '--json', '--force');
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toEqual({
        error: { code: 'usage', message: expect.stringContaining('--yes') },
      });
    }
  });

  it('undoes nothing while others are connected, and names them', async () => {
    await database.sql`SELECT`;
    const { code, stdout, stderr } = await rollback('--undo-to', '8', '--yes');
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Others are connected to \w+, .*:\n {2}pid \d+, \w+, dashboard-stats, .*\nStop .* --force\.\n$/,
    );
    expect(await database.sql`SELECT FROM dashboard_stats.migrations`).not.toHaveLength(0);
  });

  it('undoes with --yes, and has nothing to do the second time', async () => {
    const first = await undo('8', '--yes');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /undone {3}010_triggers\.sql {2}\(\d+ ms\)\nundone {3}009_dashboard_stats\.sql .*\nDone\.\n$/,
    );
    const second = await undo('8', '--yes', '--json');
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ plan: { migrations: [] }, undone: [] });
  });
});
