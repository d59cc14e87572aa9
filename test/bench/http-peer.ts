/**
 * A server beside which `npm run bench:http` measures the service, in a process of its own. It sends its port once it listens, and
 * answers each request with what it was last told to answer.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { connect } from '../../src/db/connection.ts';

export interface PeerAnswer {
  status: number;
  headers: Record<string, string>;
  /** base64 */
  body: string;
}
export type PeerKind = 'bare' | 'hono' | 'sql';

const HOST = '127.0.0.1';
/** As the service has it. */
const KEEP_ALIVE_MS = 65_000;

const [kind, databaseUrl = ''] = process.argv.slice(2);
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
  // What many would write first: the document is read for each request.
  if (kind === 'sql') {
    const sql = connect(databaseUrl);
    app.get('*', async (c) => {
      const [row] = await sql<[{ statistics: object }]>`
        SELECT "Statistics" AS statistics FROM "DashboardStatsCache" WHERE "CacheKey" = 'global' AND "IsValid"`;
      return c.json(row.statistics);
    });
  }
  return app;
}
