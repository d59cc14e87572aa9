/** The address that the service listens on: checked, opened and closed. */
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import type { Config } from '../../config.ts';
import { AddressInUseError } from '../../errors.ts';

/** Whoever sends a request slower than this has its connection cut; answers and streams take as long as they like. */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 5_000,
};

/**
 * Checks it before a database is started for nothing.
 *
 * @param command what to start again on another port
 * @throws AddressInUseError
 */
export function requireFreePort(config: Config, command = 'npm start'): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', (error) => reject(addressError(error, config, command)));
    probe.listen({ host: config.HOST, port: config.PORT }, () => probe.close(() => resolve()));
  });
}

/** Listens. @throws AddressInUseError */
export function openServer(
  fetch: Parameters<typeof serve>[0]['fetch'],
  config: Pick<Config, 'HOST' | 'PORT' | 'KEEP_ALIVE_SECONDS'>,
  limits: Readonly<Partial<typeof LIMITS>> = LIMITS,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve(
      { fetch, hostname: config.HOST, port: config.PORT, serverOptions: limits },
      ({ port }) => resolve({ server, port }),
    ) as Server;
    server.keepAliveTimeout = config.KEEP_ALIVE_SECONDS * 1000;
    server.on('error', (error) => reject(addressError(error, config)));
  });
}

/** Stops taking connections, lets answers finish for `drainMs`, then cuts what is left. */
export async function closeServer(server: ServerType, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), drainMs);
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}

function addressError(
  error: Error,
  { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>,
  command = 'npm start',
): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new AddressInUseError(`Port ${PORT} on ${HOST} is taken by another program.`, {
      help: `Stop that program, or choose another port: PORT=${PORT + 1} ${command}`,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new AddressInUseError(`This program may not listen on ${HOST} port ${PORT} (${code}).`, {
      help: 'Set HOST to an address of this machine and PORT to a number from 1024 on.',
    });
  }
  return error;
}
