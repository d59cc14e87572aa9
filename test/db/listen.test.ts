/** What nodes are told of by notification: comparing twice a second would hide that one is missing. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../src/db/listen.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { invalidate } from '../../src/engine/invalidate.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const db = eachTestGets('migrated');
let listener: ReturnType<typeof listen>;
let hints = 0;
const context = () => engineContext(db.sql);

beforeEach(async () => {
  await seedDemo(db.sql, { projects: 20, seed: 1 });
  await refresh(context());
  hints = 0;
  listener = listen(db.sql, pino({ level: 'silent' }), () => hints++);
  // One for the connection itself: what came before it is not heard.
  await expect.poll(() => hints).toBe(1);
});
afterEach(() => listener.close());

test('a refresh that changed a document is announced, and so are a renewal and an invalidation', async () => {
  const announced = (n: number) => expect.poll(() => hints).toBe(n);
  await db.sql`UPDATE "Projects" SET "TotalCapacityKw" = 7`;
  await refresh(context());
  await announced(2);
  await db.sql`UPDATE "DashboardStatsCache" SET "ExpiresAt" = now()`;
  await refresh(context());
  await announced(3);
  await invalidate(context(), ['global']);
  await announced(4);
});

test('a connection that was cut is opened again, and counts as a hint', async () => {
  await db.sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  await expect.poll(() => hints).toBe(2);
});
