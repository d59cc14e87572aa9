/**
 * What every answer says beside what it is about: the id of its request, and which pages of others may read it (CORS_ORIGINS). A plain
 * object until the answer is made: to set a header on a Response that exists costs more than an answer from memory.
 */
import { type HeaderRecord, RequestState, type SentRequest } from './request-state.ts';
import { traceIdOf } from './trace.ts';

/** What a proxy may send as X-Request-Id; anything else is replaced. */
const GIVEN_ID = /^[\w\-=]{1,255}$/;
const EXPOSED = [
  'ETag',
  'Age',
  'Cache-Status',
  'Stats-Revision',
  'Stats-Event-Id',
  'Retry-After',
  'RateLimit',
  'X-Request-Id',
].join(',');
/** Of the answer to a preflight of CORS, beside the common ones. */
export const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET,HEAD,POST',
  'Access-Control-Allow-Headers':
    'Authorization,Content-Type,If-None-Match,Cache-Control,Last-Event-ID,X-Request-Id,traceparent,tracestate',
  'Access-Control-Max-Age': '600',
};

export interface CommonHeaders {
  begin(sent: SentRequest['headers']): RequestState;
  /** Sets those that the answer does not have yet. */
  complete(state: RequestState, response: Response): void;
}

/** @param origins CORS_ORIGINS; `*` for all */
export function commonHeaders(origins: readonly string[]): CommonHeaders {
  const newId = requestIds();
  const forOrigin = corsHeaders(origins);
  return {
    begin(sent) {
      const state = new RequestState(sent);
      const given = state.header('x-request-id');
      state.requestId = given !== undefined && GIVEN_ID.test(given) ? given : newId();
      const common: Record<string, string> = { 'X-Request-Id': state.requestId };
      if (forOrigin) Object.assign(common, forOrigin(state.header('origin') ?? ''));
      state.commonHeaders = common;
      const traceparent = state.header('traceparent');
      if (traceparent !== undefined) state.traceId = traceIdOf(traceparent);
      return state;
    },
    complete({ commonHeaders }, response) {
      for (const name in commonHeaders) {
        const value = commonHeaders[name] as string;
        if (name === 'Vary') response.headers.append(name, value);
        else response.headers.set(name, value);
      }
    },
  };
}

/** Adds the common headers to those of an answer that is made now, so that they are not set later. */
export function withCommonHeaders(
  state: RequestState,
  headers: Record<string, string>,
): Record<string, string> {
  const common = state.commonHeaders;
  state.commonHeaders = undefined;
  for (const name in common) {
    const value = common[name] as string;
    headers[name] = name === 'Vary' && headers[name] ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

/** Unique by a random beginning for each process; a random id for each request would cost more, and tell no more. */
function requestIds(): () => string {
  const beginning = crypto.randomUUID().slice(0, 18);
  let count = 0;
  return () => `${beginning}-${(++count).toString(36)}`;
}

/** @returns what a page of that origin gets; undefined where no page of others reads */
function corsHeaders(origins: readonly string[]): ((origin: string) => HeaderRecord) | undefined {
  if (origins.length === 0) return undefined;
  const exposed = { 'Access-Control-Expose-Headers': EXPOSED };
  const all = { ...exposed, 'Access-Control-Allow-Origin': '*' };
  if (origins.includes('*')) return () => all;
  const others = { ...exposed, Vary: 'Origin' };
  const known = new Map(
    origins.map((origin) => [origin, { ...others, 'Access-Control-Allow-Origin': origin }]),
  );
  return (origin) => known.get(origin) ?? others;
}
