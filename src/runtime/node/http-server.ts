/** The address that the service listens on: checked, opened and closed. */
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Config } from '../../config.ts';
import { AddressInUseError } from '../../errors.ts';
import type { FindRepeat } from '../../http/observe.ts';
import { bareProblem, Problem } from '../../http/problem.ts';
import type { RequestBindings, SentRequest } from '../../http/request-state.ts';
import type { Log } from '../../log.ts';
import type { NowOrLater } from '../../timing/now-or-later.ts';
import { RepeatingResponse, repeated } from './repeated-head.ts';
import { tickObject } from './tick-object.ts';

/** Whoever sends a request slower than this has its connection cut; answers and streams take as long as they like. */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 5_000,
};

export function baseUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Checks it before a database is started for nothing.
 *
 * @param command what to start again on another port
 * @throws AddressInUseError
 */
export async function requireFreePort(
  config: Pick<Config, 'HOST' | 'PORT' | 'DATABASE_URL'>,
  command = 'dashboard-stats serve',
): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer();
    probe.on('error', resolve);
    probe.listen({ host: config.HOST, port: config.PORT }, () => probe.close(resolve));
  });
  if (!error) return;
  const address = baseUrl(config.HOST, config.PORT);
  if (error.code !== 'EADDRINUSE' || !(await isService(address))) throw addressError(error, config, command);
  const folder = config.DATABASE_URL ? '' : ' DATA_DIR=.data-2';
  throw new AddressInUseError(`dashboard-stats is already running at ${address}/`, {
    help: `Use that one, or stop it first. To run another one beside it: PORT=${config.PORT + 1}${folder} ${command}`,
  });
}

async function isService(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/openapi.json`, { signal: AbortSignal.timeout(1_000) });
    const api = (await answer.json()) as { info?: { title?: unknown } } | null;
    return api?.info?.title === packageJson.name;
  } catch {
    return false;
  }
}

export interface OpenServer {
  port: number;
  /**
   * Stops taking connections, lets requests whose head has come be read and answered for `drainMs`, then cuts what is left. A client
   * that has not sent so much, or nothing at all (browsers open such connections in advance), is not waited for.
   */
  close(drainMs: number): Promise<void>;
  /** Not used, but held: see tickObject. */
  held: object;
}

interface ServedApp {
  fetch: (request: Request, bindings: RequestBindings) => NowOrLater<Response>;
  /** Default: each request is one for the app. */
  findRepeat?: FindRepeat;
}

/** Listens. @param log is told of what the app failed to answer. @throws AddressInUseError */
export function openServer(
  { fetch, findRepeat = () => undefined }: ServedApp,
  config: Pick<Config, 'HOST' | 'PORT' | 'KEEP_ALIVE_SECONDS'>,
  log: Log,
  limits: Readonly<Partial<typeof LIMITS>> = LIMITS,
): Promise<OpenServer> {
  return new Promise((resolve, reject) => {
    // HTTP/1.0, which checks of balancers speak, needs no Host; that we listen on `::` is none.
    const listener = getRequestListener(
      (request, bindings) =>
        fetch(request, Object.assign(bindings, { sent: bindings.incoming as SentRequest })),
      { hostname: 'localhost', errorHandler: (error) => refuse(error, log) },
    );
    const server = createHttpServer(
      { ...limits, ServerResponse: RepeatingResponse },
      (incoming, outgoing) => {
        const repeat = findRepeat(incoming as SentRequest);
        if (repeat) outgoing.writeHead(repeat.status, repeated(repeat.headers)).end(repeat.body);
        else void listener(incoming, outgoing);
      },
    );
    const open = connectionsOf(server);
    server.keepAliveTimeout = config.KEEP_ALIVE_SECONDS * 1000;
    server.on('error', (error) => reject(addressError(error, config)));
    server.listen({ host: config.HOST, port: config.PORT }, async () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: (drainMs) => close(server, open, drainMs),
        held: await tickObject(),
      }),
    );
  });
}

/** Answers what the app is not asked at all, or failed to answer. */
function refuse(error: unknown, log: Log): Response {
  const requestId = crypto.randomUUID();
  if (error instanceof RequestError)
    return bareProblem(
      new Problem('invalid-request', 'The target of the request, or its Host, is malformed.'),
      requestId,
    );
  log.error({ err: error, requestId }, 'A request failed.');
  return bareProblem(new Problem('internal', 'The request failed.'), requestId);
}

/** A connection; `_httpMessage` is the answer that node:http is to write on it, from the head of the request on. */
type Connection = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Those that are open. node:http counts one as busy, too, on which nothing was sent yet, and a listener for the end of each answer costs
 * as much as the answer.
 */
function connectionsOf(server: Server): ReadonlySet<Connection> {
  const open = new Set<Connection>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}

/** What was sent before the end is read, and a client may ask once more on a connection that it kept. */
const IDLE_CHECK_MS = 100;

async function close(server: Server, open: ReadonlySet<Connection>, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  const idle = setInterval(() => {
    for (const connection of open) if (!connection._httpMessage) connection.destroy();
  }, IDLE_CHECK_MS);
  await closed;
  clearTimeout(cut);
  clearInterval(idle);
}

function addressError(
  error: Error,
  { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>,
  command = 'dashboard-stats serve',
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
