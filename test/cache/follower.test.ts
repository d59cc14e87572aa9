import { expect, test, vi } from 'vitest';
import { Follower } from '../../src/cache/follower.ts';
import { DocumentMemory } from '../../src/cache/memory.ts';
import { caughtUp, newSyncState, whyLacking } from '../../src/cache/sync-state.ts';
import type { Sql } from '../../src/db/connection.ts';
import { invalidate } from '../../src/engine/invalidate.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { silentLog } from '../support/service/silent-log.ts';

const database = eachTestGets('migrated');

test('a sync during which the node invalidates is repeated: whoever waited for it gets the present', async () => {
  const ctx = engineContext(database.sql);
  let answered = 0;
  let gate: Promise<unknown> = Promise.resolve();
  const slow = async (...query: Parameters<Sql>) => {
    const rows = await ctx.sql(...query);
    answered++;
    await gate;
    return rows;
  };
  const memory = new DocumentMemory(2 ** 20);
  const now = () => performance.now();
  const sql = Object.assign(slow, { unsafe: ctx.sql.unsafe }) as unknown as Sql;
  const follower = new Follower({ sql, memory, state: newSyncState(), log: silentLog, now });
  await refresh(ctx);
  await follower.sync();
  await insertProject(ctx.sql);
  const { revision } = await refresh(ctx);

  let open = (_: unknown) => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  answered = 0;
  const syncing = follower.sync();
  await until(async () => answered === 1);
  const done = await invalidate(ctx, ['region:northern']);
  memory.invalidate(done.keys, done.revision);
  open(undefined);
  await syncing;
  const { entries } = memory.snapshot ?? {};
  expect(entries?.get('global')?.version).toBe(revision);
  expect(entries?.get('region:northern')).toMatchObject({ version: done.revision, valid: false });
});

test('what a refresh reads for memory counts from when it was read, however long the refresh waited before', async () => {
  const ctx = engineContext(database.sql);
  let time = 0;
  const memory = new DocumentMemory(2 ** 20);
  const state = newSyncState();
  const follower = new Follower({ sql: ctx.sql, memory, state, log: silentLog, now: () => time });
  const { alsoRead, take } = follower.withRefresh();
  time = 5_000;
  const { read: table, revision } = await refresh(ctx, { alsoRead });
  time = 6_000;
  await take(table);
  expect(memory.snapshot?.position.revision).toBe(revision);
  expect(state.syncedAt).toBe(5_000);
});

test('memory is not known to be the present any more from the sync on that finds triggers gone', () => {
  const state = { ...newSyncState(), tracksChanges: true };
  caughtUp(state, 1_000);
  Object.assign(state, { tracksChanges: false, marksLost: true });
  caughtUp(state, 9_000);
  expect(state).toMatchObject({ confirmedAt: 1_000, caughtUpAt: 9_000 });
  expect(whyLacking(state, 9_000, 2_000)).toEqual({ reason: 'triggers-lost', since: 1_000 });
});

test('a database that does not answer at the start leaves nothing to serve, and the log says so once', async () => {
  const warn = vi.fn();
  const follower = new Follower({
    sql: Object.assign(() => Promise.reject(new Error('It is away.')), {
      unsafe: () => '',
    }) as unknown as Sql,
    memory: new DocumentMemory(2 ** 20),
    state: newSyncState(),
    log: { ...silentLog, warn },
    now: () => 0,
  });
  for (let tries = 0; tries < 2; tries++) await expect(follower.sync()).rejects.toThrow('It is away.');
  const said = 'The database does not answer; there are no statistics yet.';
  expect(warn.mock.calls).toEqual([[expect.anything(), said]]);
});
