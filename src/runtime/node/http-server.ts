/** The address that the service listens on: checked, opened and closed. */
import { createServer } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import type { Config } from '../../config.ts';
import { AddressInUseError } from '../../errors.ts';

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
  config: Config,
): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: config.HOST, port: config.PORT }, ({ port }) =>
      resolve({ server, port }),
    );
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

function addressError(error: Error, { HOST, PORT }: Config, command = 'npm start'): Error {
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
