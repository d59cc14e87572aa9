/**
 * A server beside which `npm run bench:http` measures the service, in a process of its own. It sends its port once it listens, and
 * answers each request with what it was last told to answer.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { type Context, Hono } from 'hono';
import { Redis } from 'ioredis';
import { connect } from '../../src/db/connection.ts';

export interface PeerAnswer {
  status: number;
  headers: Record<string, string>;
  /** base64 */
  body: string;
}
export type PeerKind = 'bare' | 'hono' | 'sql' | 'redis' | 'bentocache';

const HOST = '127.0.0.1';
/** As the service has it. */
const KEEP_ALIVE_MS = 65_000;

/** For how long the caches of others keep a document. */
const TTL_SECONDS = 60;

const [kind, databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
let told = { status: 503, headers: {} as Record<string, string>, bytes: new Uint8Array() };
process.on('message', ({ status, headers, body }: PeerAnswer) => {
  told = { status, headers, bytes: new Uint8Array(Buffer.from(body, 'base64')) };
  process.send?.('told');
});
process.on('disconnect', () => process.exit());

const server = createServer(kind === 'bare' ? bare() : getRequestListener(hono().fetch));
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(0, HOST, () => process.send?.((server.address() as AddressInfo).port));

function bare(): Parameters<typeof createServer>[1] {
  return (_, response) => {
    response.writeHead(told.status, told.headers);
    response.end(told.status === 304 ? undefined : told.bytes);
  };
}

function hono(): Hono {
  const app = new Hono();
  if (kind === 'hono')
    app.get('*', () => {
      const { status, headers, bytes } = told;
      return new Response(status === 304 ? null : bytes, { status, headers });
    });
  const sql = connect(databaseUrl);
  const document = async () => {
    const [row] = await sql<[{ text: string }]>`
      SELECT "Statistics"::text AS text FROM "DashboardStatsCache" WHERE "CacheKey" = 'global' AND "IsValid"`;
    return row.text;
  };
  // What many would write first: the document is read for each request. Then it is kept in Redis, or in memory by a cache of others.
  if (kind === 'sql') app.get('*', async (c) => json(c, await document()));
  if (kind === 'redis') {
    const redis = new Redis(redisUrl);
    app.get('*', async (c) => {
      const kept = await redis.get('global');
      if (kept !== null) return json(c, kept);
      const text = await document();
      await redis.set('global', text, 'EX', TTL_SECONDS);
      return json(c, text);
    });
  }
  if (kind === 'bentocache') {
    const store = bentostore().useL1Layer(memoryDriver());
    const cache = new BentoCache({ default: 'memory', stores: { memory: store } });
    app.get('*', async (c) =>
      json(c, await cache.getOrSet({ key: 'global', factory: document, ttl: TTL_SECONDS * 1_000 })),
    );
  }
  return app;
}

const json = (c: Context, text: string) => c.body(text, 200, { 'Content-Type': 'application/json' });
