import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/** A TCP proxy before a database, to take the network away in the ways that networks go away. */
export interface DatabaseProxy {
  /** The database's URL through the proxy. */
  url: string;
  /** Connections that were asked for so far. */
  calls: number;
  /**
   * pass: all is well. hangUp: every new connection is accepted and closed. silent: those that there are stay open and
   * carry nothing any more; new ones are accepted and carry nothing either.
   */
  mode: 'pass' | 'hangUp' | 'silent';
  close(): void;
}

export async function startProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    proxy.calls++;
    sockets.add(client.on('error', () => undefined));
    if (proxy.mode === 'hangUp') return void client.end();
    const database = dial(Number(target.port), target.hostname);
    sockets.add(database.on('error', () => client.destroy()));
    const silent = proxy.mode === 'silent';
    const carry = (from: Socket, to: Socket) => {
      from.on('data', (bytes) => {
        if (proxy.mode !== 'silent' && !silent) to.write(bytes);
      });
      from.on('close', () => proxy.mode !== 'silent' && to.destroy());
    };
    carry(client, database);
    carry(database, client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const proxy: DatabaseProxy = {
    url: url.href,
    calls: 0,
    mode: 'pass',
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}
