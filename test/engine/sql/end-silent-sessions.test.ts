/** A network that goes silent between two messages of one statement: no bound of the server holds for that. */
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { transaction } from '../../../src/db/transaction.ts';
import { endSilentSessions } from '../../../src/engine/sql/end-silent-sessions.ts';
import { lockState } from '../../../src/engine/sql/lock-state.ts';
import { until } from '../../support/application/projects.ts';
import { connectForTest, eachTestGets } from '../../support/servers/database.ts';
import { startProxy } from '../../support/servers/proxy.ts';

const database = eachTestGets('migrated');
const log = pino({ level: 'silent' });

test('a session that waits for its silent client under the lock of refreshes is ended, and one that works is not', async () => {
  const { sql } = database;
  const proxy = await startProxy(database.url);
  onTestFinished(() => proxy.close());
  proxy.deadAfter = 'said last';
  const bounds = { isolation: 'read committed', statementMs: 300 } as const;
  const silent = transaction(connectForTest(proxy.url), bounds, async (tx) => {
    await lockState(tx);
    // More than one packet holds.
    await tx`SELECT ${'x'.repeat(1_000_000)}::text AS "said last"`;
  });
  // The client gives its connection up; the server hears nothing of that.
  await expect(silent).rejects.toThrow('QUERY_TIMEOUT');
  const working = transaction(connectForTest(database.url), { isolation: 'read committed' }, async (tx) => {
    await tx`SELECT pg_sleep(1)`;
  });
  const isFree = async () =>
    (await sql`SELECT FROM dashboard_stats.state FOR UPDATE SKIP LOCKED`).length === 1;
  expect(await isFree()).toBe(false);
  expect(await endSilentSessions(sql, log)).toBe(0);
  expect(await endSilentSessions(sql, log, 100)).toBe(1);
  await until(isFree);
  await working;
});
