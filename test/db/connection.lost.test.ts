/** What patches/postgres+*.patch repairs; without it each of these hangs, or ends the process (docs/adr/002). */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import type { ConnectionOptions, Sql, Tx } from '../../src/db/connection.ts';
import { inTransactions, transaction } from '../../src/db/transaction.ts';
import { until } from '../support/application/projects.ts';
import { allTestsGet, connectForTest } from '../support/servers/database.ts';
import { startProxy } from '../support/servers/proxy.ts';
import { ROOT } from '../support/service/bundle.ts';

const database = allTestsGet('empty', (sql) => sql`CREATE TABLE kept (n integer)`);

const pool = (options: ConnectionOptions, url = database.url) => connectForTest(url, options);
async function proxied() {
  const proxy = await startProxy(database.url);
  onTestFinished(() => proxy.close());
  return proxy;
}
const run = <T>(sql: Sql, work: (tx: Tx) => Promise<T>) =>
  transaction(sql, { isolation: 'read committed' }, work);
const pidOf = async (sql: Tx) => (await sql<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`)[0].pid;
const end = (pid: number) => database.sql`SELECT pg_terminate_backend(${pid})`;
/** A time for a query that one which goes well does not need, also where others use the machine. */
const BUSY_MS = 1_500;
const kept = async () => (await database.sql`SELECT n FROM kept ORDER BY n`).map((row) => row['n']);

test('what follows one after another runs on one session, whose statements are planned', async () => {
  const sql = pool({ max: 4 });
  await Promise.all([1, 2, 3, 4].map(() => sql`SELECT pg_sleep(0.05)`));
  const pids = new Set<number>();
  for (let i = 0; i < 8; i++) pids.add(await run(sql, pidOf));
  expect(pids.size).toBe(1);
});

test('a session that the server ends in the middle fails the call only, and the pool heals', async () => {
  const sql = pool({ max: 2 });
  for (let i = 0; i < 30; i++) {
    const ended = run(sql, async (tx) => {
      await tx`INSERT INTO kept VALUES (3)`;
      await end(await pidOf(tx));
      // So that the loss is noticed before, while and after the next statement is sent.
      await new Promise((resolve) => setTimeout(resolve, i % 3));
      await tx`SELECT 1`;
    });
    await expect(ended).rejects.toThrow();
    await run(sql, (tx) => tx`SELECT 1`);
  }
  expect(await kept()).toEqual([]);
});

test('a transaction that meets idle sessions which the server has ended runs in another, and once', async () => {
  const sql = pool({ max: 3 });
  const insert = [
    (n: number) => run(sql, (tx) => tx`INSERT INTO kept VALUES (${n})`),
    (n: number) => inTransactions(sql)`INSERT INTO kept VALUES (${n})`,
  ];
  for (let i = 0; i < 30; i++) {
    const pids = await Promise.all(Array.from({ length: 3 }, () => run(sql, pidOf)));
    await Promise.all(pids.map(end));
    // So that the server's last word is read before, while and after the next transaction is sent.
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    await insert[i % 2]?.(i);
  }
  expect(await kept()).toEqual(Array.from({ length: 30 }, (_, i) => i));
  await database.sql`DELETE FROM kept`;
});

test('the server’s reason for ending a session reaches whoever waits for it', async () => {
  const sql = pool({ max: 1 });
  const pid = await pidOf(sql);
  const asleep = sql`SELECT pg_sleep(30)`.catch((error) => error);
  await until(async () => {
    const [{ asleep }] = await database.sql<[{ asleep: boolean }]>`
      SELECT wait_event = 'PgSleep' AS asleep FROM pg_stat_activity WHERE pid = ${pid}`;
    return asleep;
  });
  await end(pid);
  expect(await asleep).toMatchObject({ code: '57P01', severity: 'FATAL' });
  expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
});

test('what a transaction sends after its connection was lost does not run on the one that replaces it', async () => {
  const sql = pool({ max: 1 });
  const ended = run(sql, async (tx) => {
    const pid = await pidOf(tx);
    const waiting = sql`SELECT 1`.execute();
    await end(pid);
    // It waits for this connection; once it is answered, the connection has been replaced.
    await waiting;
    await tx`INSERT INTO kept VALUES (4)`;
  });
  await expect(ended).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await kept()).toEqual([]);
});

test('a transaction that waits for a connection gets the one that replaces a lost one', async () => {
  const sql = pool({ max: 1 });
  let waiting: Promise<unknown> | undefined;
  const ended = run(sql, async (tx) => {
    const pid = await pidOf(tx);
    waiting = run(sql, (other) => other`INSERT INTO kept VALUES (5)`);
    await end(pid);
    await tx`SELECT 1`;
  });
  await expect(ended).rejects.toThrow();
  await waiting;
  expect(await kept()).toEqual([5]);
  await database.sql`DELETE FROM kept`;
});

test('a connection that is lost before it has sent a query sends again once it is replaced', async () => {
  const { hostname, port } = new URL(database.url);
  let socket: Socket | undefined;
  const sql = postgres(database.url, {
    max: 1,
    backoff: () => 0,
    socket: async () => {
      socket = createConnection(Number(port), hostname);
      await once(socket, 'connect');
      return socket;
    },
  } as postgres.Options<never>);
  onTestFinished(() => sql.end({ timeout: 1 }));
  await sql`SELECT 1`;
  const lost = sql`SELECT 2`.catch((error) => error);
  // Until the query waits to be written at the end of this turn of the event loop.
  for (let i = 0; i < 5; i++) await Promise.resolve();
  // As where the socket's last event comes first.
  socket?.destroy();
  socket?.emit('close', false);
  expect(await lost).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await sql`SELECT 3 AS three`).toEqual([{ three: 3 }]);
});

test('a proxy that accepts and hangs up fails each call soon; none of them keeps a connection of the pool', async () => {
  const proxy = await proxied();
  const sql = pool({ max: 1 }, proxy.url);
  proxy.mode = 'hangUp';
  for (let i = 0; i < 5; i++)
    await expect(run(sql, (tx) => tx`SELECT 1`)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(proxy.calls).toBeLessThan(10);
  proxy.mode = 'pass';
  for (let i = 0; i < 3; i++) await run(sql, (tx) => tx`SELECT 1`);
});

/** The server’s word that a session has begun. */
const BEGUN = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

test('a server that ends each session at its first query fails the transaction that waits for one', async () => {
  const proxy = await proxied();
  const sql = pool({ max: 1 }, proxy.url);
  proxy.onAnswer = (bytes) => {
    if (bytes.includes(BEGUN)) setImmediate(() => proxy.cut());
  };
  for (let i = 0; i < 3; i++)
    await expect(run(sql, (tx) => tx`SELECT 1`)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(proxy.calls).toBe(3);
  proxy.onAnswer = () => undefined;
  await run(sql, (tx) => tx`SELECT 1`);
});

/** Keeps this process busy until another one sees that a session has answered, and then for longer than a query may take here. */
const busyUntilAnswered = `
  import postgres from 'postgres';
  const [url, pid] = process.argv.slice(1);
  const sql = postgres(url, { max: 1 });
  const answered = () => sql\`SELECT FROM pg_stat_activity WHERE pid = \${pid} AND state = 'idle' AND query LIKE '%AS one'\`;
  while ((await answered()).length === 0);
  await sql\`SELECT pg_sleep(${(1.2 * BUSY_MS) / 1_000})\`;
  await sql.end();`;

test('an answer that came while the process had no time for longer than a query may take is no timeout', async () => {
  const sql = pool({ max: 1, queryTimeoutMs: BUSY_MS });
  const pid = await pidOf(sql);
  const answer = sql`SELECT pg_sleep(0.1), 1 AS one`.execute();
  // It is sent at the end of the turn in which the pool takes it.
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
  const args = ['--input-type=module', '--eval', busyUntilAnswered, database.url, String(pid)];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(await answer).toMatchObject([{ one: 1 }]);
});

test('a connection that is idle for longer than the time for a query is kept', async () => {
  const sql = pool({ max: 1, queryTimeoutMs: BUSY_MS });
  const before = await pidOf(sql);
  await new Promise((resolve) => setTimeout(resolve, 1.2 * BUSY_MS));
  expect(await pidOf(sql)).toBe(before);
});

test('a connection that goes silent is given up after the time for a query, in a transaction and outside', async () => {
  const proxy = await proxied();
  const sql = pool({ max: 1, queryTimeoutMs: BUSY_MS }, proxy.url);
  for (const work of [
    () => sql`SELECT 1`,
    // However long its own queries may take: a dead connection is detected by its BEGIN.
    () => transaction(sql, { isolation: 'read committed', statementMs: 60_000 }, (tx) => tx`SELECT 1`),
  ]) {
    await work();
    proxy.mode = 'silent';
    await expect(work()).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    proxy.mode = 'pass';
    await work();
  }
  const bounded = { isolation: 'read committed', statementMs: 10 * BUSY_MS } as const;
  await transaction(sql, bounded, (tx) => tx`SELECT pg_sleep(${(1.2 * BUSY_MS) / 1_000})`);
  await expect(sql`SELECT pg_sleep(60)`).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
});

test('whoever tries again right after a loss does so on another connection', async () => {
  const sql = pool({ max: 1 });
  for (let i = 0; i < 30; i++) {
    await end(await pidOf(sql));
    const work = () => sql`SELECT ${i}::integer AS n`;
    expect(await work().catch(work)).toEqual([{ n: i }]);
  }
});

/** The server’s word that it has parsed a statement. */
const PARSED = Buffer.from([0x31, 0, 0, 0, 4]);

test('a connection that goes silent at the first use of a statement leaves the server waiting for no more of it', async () => {
  const proxy = await proxied();
  const sql = pool({ max: 1, queryTimeoutMs: BUSY_MS }, proxy.url);
  const pid = await run(sql, pidOf);
  proxy.onAnswer = (bytes) => {
    if (bytes.includes(PARSED)) proxy.mode = 'silent';
  };
  const bounded = { isolation: 'read committed', statementMs: BUSY_MS } as const;
  await expect(
    transaction(sql, bounded, (tx) => tx`UPDATE kept SET n = n WHERE n = ${6}`),
  ).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  // Bounded by idle_in_transaction_session_timeout. A session that is active, and waits for its client, nothing ends.
  const [session] = await database.sql`SELECT state FROM pg_stat_activity WHERE pid = ${pid}`;
  expect(session).toEqual({ state: 'idle in transaction' });
  await end(pid);
});
