/** What patches/postgres+*.patch mends; without it each of these hangs, or ends the process (docs/adr/002). */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { transaction } from '../../src/db/transaction.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ template: 'empty' });
  await database.sql`CREATE TABLE kept (n integer)`;
});
afterAll(() => database.drop());

const kept = async () => (await database.sql`SELECT n FROM kept ORDER BY n`).map((row) => row['n']);

test('a session that the server ends in the middle fails the call only, and the pool heals', async () => {
  const sql = connect(database.url, { max: 2 });
  try {
    for (let i = 0; i < 30; i++) {
      const ended = transaction(sql, 'read committed', async (tx) => {
        const [{ pid }] = await tx<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`;
        await tx`INSERT INTO kept VALUES (3)`;
        await database.sql`SELECT pg_terminate_backend(${pid})`;
        // So that the loss is noticed before, while and after the next statement is sent.
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        await tx`SELECT 1`;
      });
      await expect(ended).rejects.toThrow();
      await transaction(sql, 'read committed', (tx) => tx`SELECT 1`);
    }
    expect(await kept()).toEqual([]);
  } finally {
    await sql.end({ timeout: 1 });
  }
});

test('what a transaction sends after its connection was lost does not run on the one that replaces it', async () => {
  const sql = connect(database.url, { max: 1 });
  try {
    let waiting: Promise<unknown> | undefined;
    const ended = transaction(sql, 'read committed', async (tx) => {
      const [{ pid }] = await tx<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`;
      waiting = sql`SELECT 1`.execute();
      await database.sql`SELECT pg_terminate_backend(${pid})`;
      // It waits for this connection; once it is answered, the connection has been replaced.
      await waiting;
      await tx`INSERT INTO kept VALUES (4)`;
    });
    await expect(ended).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await kept()).toEqual([]);
  } finally {
    await sql.end({ timeout: 1 });
  }
});

test('a proxy that accepts and hangs up fails each call soon; none of them keeps a connection of the pool', async () => {
  const { hostname, port } = new URL(database.url);
  let away = true;
  let calls = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    calls++;
    if (away) return void client.end();
    const server = dial(Number(port), hostname);
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
    client.pipe(server).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(database.url);
  url.host = `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const sql = connect(url.href, { max: 1 });
  try {
    for (let i = 0; i < 5; i++) {
      const refused = transaction(sql, 'read committed', (tx) => tx`SELECT 1`);
      await expect(refused).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    }
    expect(calls).toBeLessThan(10);
    away = false;
    for (let i = 0; i < 3; i++) await transaction(sql, 'read committed', (tx) => tx`SELECT 1`);
  } finally {
    await sql.end({ timeout: 1 });
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
});
