/** Each request begins and ends here: it gets its id, it is counted, and it is a line of the log where LOG_REQUESTS says so. */
import type { Env, Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { andThen } from '../timing/now-or-later.ts';
import type { CommonHeaders } from './common-headers.ts';
import type { Repeats } from './repeats.ts';
import type { MadeAnswer, RequestBindings, RequestState, SentRequest } from './request-state.ts';
import { type Routed, routeAt } from './routes-at.ts';

export interface Answered {
  method: string;
  /** Its pattern, `/stats/regions/:name`; `none` where there is no such route. */
  route: string;
  status: number;
  /** Until the head of the answer: a stream goes on for as long as its client likes. */
  durationMs: number;
  state: RequestState;
}

/** Called for each request, so that it must cost next to nothing. */
type CountAnswer = (answered: Answered) => void;

/** Levels that leave out the lines of level info. */
const QUIET: readonly Config['LOG_LEVEL'][] = ['silent', 'fatal', 'error', 'warn'];

export interface ObserveOptions {
  log: Log;
  /** ms of a clock that never goes back. */
  now: () => number;
  config: Pick<Config, 'LOG_REQUESTS' | 'LOG_LEVEL'>;
  headers: CommonHeaders;
  /** Is told of each answer; default: nobody counts. */
  count?: CountAnswer | undefined;
  /** Before, what is answered 503 is no line of the log: that the start waits is one. Default: always. */
  isPrepared?: (() => boolean) | undefined;
  /**
   * Calls back once the requests that came together are answered: to write a line costs half as much beside other lines as it does between
   * two answers, and no client waits for it. Default: at once.
   */
  whenAnswered?: ((write: () => void) => void) | undefined;
  /** Default: no answer is repeated. */
  repeats?: Repeats | undefined;
}

type Dispatching = Routed & Pick<Hono<Env>, 'fetch'>;

/**
 * What a runtime may ask before it asks the app: an answer of a moment ago, undefined where there is none. To be written at once: the next
 * one may be the same object with another id.
 */
export type FindRepeat = (sent: SentRequest) => MadeAnswer | undefined;

/** Around the app and no middleware of it: where a single handler answers a request, Hono needs no promise for it. */
export function observeRequests(app: Dispatching, options: ObserveOptions): FindRepeat {
  const {
    log,
    now,
    config,
    headers,
    count,
    isPrepared = () => true,
    whenAnswered = (write) => write(),
    repeats,
  } = options;
  const isLogged = QUIET.includes(config.LOG_LEVEL) ? () => false : evenly(config.LOG_REQUESTS);
  let unwritten: { answered: Answered; path: string }[] = [];
  const write = () => {
    const lines = unwritten;
    unwritten = [];
    for (const { answered, path } of lines) log.info(entry(answered, path), 'Request answered.');
  };
  const end = (answered: Answered, pathOf: () => string) => {
    count?.(answered);
    const isWorthALine = answered.status !== 503 || isPrepared();
    if (isWorthALine && isLogged() && unwritten.push({ answered, path: pathOf() }) === 1) whenAnswered(write);
  };
  const dispatch = app.fetch;
  app.fetch = (request, platform, context) => {
    const began = now();
    // What Node hands over is made for each request; a Worker hands nothing over, as its bindings are shared.
    const bindings: RequestBindings = platform ?? {};
    const { sent } = bindings;
    const state = headers.begin(sent?.headers ?? Object.fromEntries(request.headers));
    bindings.state = state;
    const answer = dispatch(request, bindings, context);
    return andThen(answer, (response) => {
      headers.complete(state, response);
      const { method } = request;
      const pathOf = () => getPath(request);
      const route = state.route ?? routeAt(app, method, pathOf()) ?? 'none';
      if (sent && state.made && answer === response) repeats?.keep(sent, pathOf, state.made, state, began);
      end({ method, route, status: response.status, durationMs: now() - began, state }, pathOf);
      return response;
    });
  };
  return (sent) => {
    const began = now();
    const kept = repeats?.find(sent, began);
    if (!kept) return undefined;
    const { status, path, route = 'none', cache } = kept;
    const state = headers.begin(sent.headers);
    state.cache = cache;
    kept.headers['X-Request-Id'] = state.requestId;
    end({ method: 'GET', route, status, durationMs: now() - began, state }, () => path);
    return kept;
  };
}

function entry({ method, route, status, durationMs, state }: Answered, path: string): object {
  const { requestId, traceId, problem, cache, caller } = state;
  const rounded = Math.round(durationMs * 10) / 10;
  return { requestId, traceId, method, route, path, status, problem, cache, caller, durationMs: rounded };
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
