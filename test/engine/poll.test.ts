/** What the poller does after a refresh that ran into its time limit. */
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { Poller } from '../../src/engine/poll.ts';
import type { RefreshResult } from '../../src/engine/refresh.ts';
import { eachTestGets } from '../support/servers/database.ts';

const db = eachTestGets('migrated');
let poller: Poller | undefined;
afterEach(() => poller?.close());

/** The time that each refresh was given, where they end as told; marks stay. */
async function patience(outcomes: (RefreshResult['outcome'] | 'late')[]): Promise<number[]> {
  const given: number[] = [];
  poller = new Poller({
    sql: db.sql,
    timeZone: 'Asia/Bangkok',
    intervalMs: 5,
    log: pino({ level: 'silent' }),
    now: () => performance.now(),
    refresh: async (statementMs) => {
      const outcome = outcomes[given.length] ?? 'idle';
      given.push(statementMs);
      if (outcome === 'late') await timeOut();
      return { outcome: outcome as RefreshResult['outcome'], scanned: false, durationMs: 0 };
    },
  });
  poller.start();
  await expect.poll(() => given.length).toBeGreaterThan(outcomes.length);
  return given.slice(0, outcomes.length + 1);
}

/** As the server says it. */
const timeOut = () =>
  db.sql.begin(async (tx) => {
    await tx`SET LOCAL statement_timeout = 1`;
    await tx`SELECT pg_sleep(1)`;
  });

test('a refresh gets twice as long after each time that it ran out of time, also where another node tried in between', async () => {
  expect(await patience(['late', 'busy', 'late', 'busy'])).toEqual([5_000, 10_000, 10_000, 20_000, 20_000]);
});

test('a refresh after one that was done in time gets as long as the first', async () => {
  expect(await patience(['late', 'late', 'done'])).toEqual([5_000, 10_000, 20_000, 5_000]);
});
