import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP proxy before a database, to take the network away in the ways that networks go away. */
export interface DatabaseProxy {
  /** The database's URL through the proxy. */
  url: string;
  /** The database's own URL: new connections go there. */
  target: string;
  /** Connections that were asked for so far. */
  calls: number;
  /**
   * pass: all is well. hangUp: every new connection is accepted, and closed once it says something. silent: those that there are stay open and
   * carry nothing, now and ever; new ones are accepted and carry nothing either.
   */
  mode: 'pass' | 'hangUp' | 'silent';
  /** A connection whose client says this carries nothing more after it. */
  deadAfter: string | undefined;
  /** What the database says arrives so much later, on each connection by another share of it; default 0. */
  delayMs: number;
  /** Called with what the database says, before it is carried on. */
  onAnswer: (bytes: Buffer) => void;
  /** Closes the connections that there are, or only those that listen for notifications. */
  cut(which?: 'all' | 'listening'): void;
  /** Those that listen for notifications stay open and carry nothing any more. Returns how many there are. */
  mute(): number;
  close(): void;
}

/** One connection through the proxy. */
interface Line {
  client: Socket;
  database: Socket;
  listens: boolean;
  /** It carries nothing any more: what was lost of a stream never comes. */
  dead: boolean;
}

export async function startProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const lines = new Set<Line>();
  const refused = new Set<Socket>();
  const server = createServer((client) => {
    proxy.calls++;
    client.on('error', () => undefined);
    if (proxy.mode === 'hangUp') {
      refused.add(client.on('close', () => refused.delete(client)));
      // Wrangler's own proxy dies of a reset, which what was left unread would bring, and where it writes at the moment
      // at which it hears of the end.
      return void client.on('data', () => client.end());
    }
    const { port, hostname } = new URL(proxy.target);
    const database = dial(Number(port), hostname).on('error', () => client.destroy());
    const line: Line = { client, database, listens: false, dead: false };
    lines.add(line);
    const share = (proxy.calls % 4) / 3;
    let delayed = Promise.resolve();
    const isDead = () => {
      line.dead ||= proxy.mode === 'silent';
      return line.dead;
    };
    client.on('data', (bytes) => {
      line.listens ||= /listen "/i.test(bytes.toString('latin1'));
      if (!isDead()) database.write(bytes);
      line.dead ||= proxy.deadAfter !== undefined && bytes.includes(proxy.deadAfter);
    });
    database.on('data', (bytes) => {
      proxy.onAnswer(bytes);
      const due = proxy.delayMs * share;
      delayed = delayed
        .then(() => (due > 0 ? sleep(due) : undefined))
        .then(() => {
          if (!isDead() && client.writable) client.write(bytes);
        });
    });
    client.on('close', () => isDead() || database.destroy());
    database.on('close', () => isDead() || delayed.then(() => client.end()));
    // Of a silent one both ends go when the one that is left does.
    client.on('close', () => database.destroyed && lines.delete(line));
    database.on('close', () => client.destroyed && lines.delete(line));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const proxy: DatabaseProxy = {
    url: url.href,
    target: databaseUrl,
    calls: 0,
    mode: 'pass',
    deadAfter: undefined,
    delayMs: 0,
    onAnswer: () => undefined,
    cut(which = 'all') {
      for (const line of lines) {
        if (which === 'listening' && !line.listens) continue;
        line.database.destroy();
        line.client.end();
      }
    },
    mute() {
      const listening = [...lines].filter((line) => line.listens && !line.dead);
      for (const line of listening) line.dead = true;
      return listening.length;
    },
    close() {
      server.close();
      for (const { client, database } of lines) {
        client.destroy();
        database.destroy();
      }
      for (const socket of refused) socket.destroy();
    },
  };
  return proxy;
}
