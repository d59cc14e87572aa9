import { expect, test } from 'vitest';
import { demoActivity } from '../../src/demo/live.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { eachTestGets } from '../support/servers/database.ts';

const database = eachTestGets('migrated');

test('the demo’s activity survives a lost connection, and ends with its loop', async () => {
  const { sql } = database;
  await seedDemo(sql, { projects: 200, seed: 1 });
  const changes: object[] = [];
  const warnings: unknown[] = [];
  const made = (data: object) => changes.push(data);
  const log = { debug: made, info: made, warn: (data: unknown) => warnings.push(data), error: () => {} };
  const activity = demoActivity(sql, log, 'Asia/Bangkok', { least: 1, most: 5 });
  activity.start();
  try {
    for (let round = 1; round <= 3; round++) {
      const before = changes.length;
      await expect.poll(() => changes.length).toBeGreaterThan(before + 3);
      await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`.catch(() => undefined);
    }
    const before = changes.length;
    await expect.poll(() => changes.length).toBeGreaterThan(before + 3);
  } finally {
    await activity.close();
  }
  const after = changes.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(changes.length).toBe(after);
  expect(warnings).toEqual([]);
  expect(changes[0]).toMatchObject({ kind: expect.any(String), what: expect.any(String) });
});
