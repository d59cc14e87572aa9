/** What nodes are told of by notification: comparing twice a second would hide that one is missing. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listen } from '../../src/db/listen.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { invalidate } from '../../src/engine/invalidate.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { createDatabase, type TestDatabase } from '../support/servers/database.ts';

let db: TestDatabase;
let listener: ReturnType<typeof listen>;
let hints = 0;
const context = () => ({
  sql: db.sql,
  timeZone: 'Asia/Bangkok',
  ttlSeconds: 300,
  engine: 'incremental' as const,
});

beforeEach(async () => {
  db = await createDatabase();
  await seedDemo(db.sql, { projects: 20, seed: 1 });
  await refresh(context());
  hints = 0;
  listener = listen(db.sql, pino({ level: 'silent' }), () => hints++);
  // One for the connection itself: what came before it is not heard.
  await vi.waitFor(() => expect(hints).toBe(1));
});
afterEach(async () => {
  await listener.close();
  await db.drop();
});

test.each<[string, () => Promise<unknown>]>([
  [
    'a refresh that changed a document',
    async () => {
      await db.sql`UPDATE "Projects" SET "TotalCapacityKw" = 7`;
      await refresh(context());
    },
  ],
  ['an invalidation', () => invalidate(context(), ['global'])],
  [
    'a renewal of what did not change',
    async () => {
      await db.sql`UPDATE "DashboardStatsCache" SET "ExpiresAt" = now()`;
      await refresh(context());
    },
  ],
])('%s is announced', async (_, act) => {
  await act();
  await vi.waitFor(() => expect(hints).toBe(2), 5_000);
});

test('a connection that was cut is opened again, and counts as a hint', async () => {
  await db.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await vi.waitFor(() => expect(hints).toBe(2), 10_000);
});
