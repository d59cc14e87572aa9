/** What is known of a request once it is answered: it is counted, and it is a line of the log where LOG_REQUESTS says so. */
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { CommonHeaders } from './common-headers.ts';
import { traceIdOf } from './trace.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Of the traceparent that was sent, if it is valid. */
    traceId: string | undefined;
    /** Its pattern, `/stats/regions/:name`, where the router does not know it. */
    route: string | undefined;
    /** Where the statistics of the answer came from, in the words of Cache-Status: `memory`, `stale:behind`. */
    cache: string | undefined;
    /** Code of the problem that the answer is. */
    problem: string | undefined;
  }
}

/** Called for each request, so that it must cost next to nothing. */
export type CountAnswer = (c: Context, route: string, durationMs: number) => void;

/** The route of whatever has none. */
export const NO_ROUTE = 'none';
/** Levels that leave out the lines of level info. */
const QUIET: readonly Config['LOG_LEVEL'][] = ['silent', 'fatal', 'error', 'warn'];

interface ObserveOptions {
  log: Log;
  /** ms of a clock that never goes back. */
  now: () => number;
  config: Pick<Config, 'LOG_REQUESTS' | 'LOG_LEVEL'>;
  headers: CommonHeaders;
  count: CountAnswer | undefined;
}

/** Each request begins and ends here. The duration is that until the head of the answer: a stream goes on for as long as its client likes. */
export function observeRequests(options: ObserveOptions): MiddlewareHandler {
  const { log, now, config, headers, count } = options;
  const isLogged = QUIET.includes(config.LOG_LEVEL) ? () => false : evenly(config.LOG_REQUESTS);
  return async (c, next) => {
    const began = now();
    headers.begin(c);
    const traceparent = c.req.header('traceparent');
    if (traceparent !== undefined) c.set('traceId', traceIdOf(traceparent));
    await next();
    headers.end(c);
    const durationMs = now() - began;
    const route = c.get('route') ?? routePath(c, -1);
    count?.(c, route, durationMs);
    if (isLogged()) log.info(entry(c, route, durationMs), 'Request answered.');
  };
}

/** Of a request, for lines of the log. */
export function idsOf(c: Context): { requestId: string; traceId: string | undefined } {
  return { requestId: c.get('requestId'), traceId: c.get('traceId') };
}

function entry(c: Context, route: string, durationMs: number): object {
  return {
    ...idsOf(c),
    method: c.req.method,
    route,
    path: c.req.path,
    status: c.res.status,
    problem: c.get('problem'),
    cache: c.get('cache'),
    caller: c.get('caller'),
    durationMs: Math.round(durationMs * 10) / 10,
  };
}

/** Says yes `rate` times out of all. */
function evenly(rate: number): () => boolean {
  let due = 0;
  return () => {
    due += rate;
    if (due < 1) return false;
    due -= 1;
    return true;
  };
}
