/**
 * What is known of a request while it is answered. It is an object of its own and no variables of Hono's context, because it begins
 * before the app is asked and is read after the answer is made.
 */
import type { Context } from 'hono';

export type HeaderRecord = Readonly<Record<string, string>>;

/** What of a request an answer from memory may depend on, beside its URL (see Repeats). Nobody but the adapter asks for Host. */
export const VARYING = [
  'host',
  'origin',
  'accept-encoding',
  'if-none-match',
  'cache-control',
  'authorization',
] as const;
type AskedFor = (typeof VARYING)[number] | 'traceparent' | 'x-request-id';

/** A request as its runtime has it, with headers by names in lower case. */
export interface SentRequest {
  method?: string | undefined;
  url?: string | undefined;
  headers: { readonly [name in AskedFor]?: string };
}

/** An answer before it is a Response. */
export interface MadeAnswer {
  status: 200 | 304;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | undefined;
}

export class RequestState {
  requestId = '';
  /** Of the traceparent that was sent, if it is valid. */
  traceId: string | undefined = undefined;
  /** What every answer says and this one does not yet. */
  commonHeaders: HeaderRecord | undefined = undefined;
  /** The pattern of the route, `/stats/regions/:name`, where its handler has said so; others are looked up. */
  route: string | undefined = undefined;
  /** Where the statistics of the answer came from, in the words of Cache-Status: `memory`, `stale:behind`. */
  cache: string | undefined = undefined;
  /** Code of the problem that the answer is. */
  problem: string | undefined = undefined;
  /** Name of the token, or subject of the JWT, that was sent. */
  caller: string | undefined = undefined;
  /** When that token ends, in ms since 1970, where it does. */
  callerUntil: number | undefined = undefined;
  /** Of the client, where the platform tells it, and the route is not open to everybody. */
  address: string | undefined = undefined;
  /** The answer, where it came from memory alone. */
  made: MadeAnswer | undefined = undefined;

  constructor(private readonly sent: SentRequest['headers']) {}

  header(name: AskedFor): string | undefined {
    return this.sent[name];
  }
}

/** What the app gets beside what the platform gives it. */
export interface RequestBindings {
  state?: RequestState;
  /** Default: what the Request says, whose headers cost more to read than its answer to find. */
  sent?: SentRequest | undefined;
}

/** @throws where the app is not one that `observeRequests` knows */
export function stateOf(c: Context): RequestState {
  const { state } = c.env as RequestBindings;
  if (!state) throw new Error('The app answers a request that nobody observes.');
  return state;
}

/** Of a request, for lines of the log. */
export function idsOf(c: Context): Pick<RequestState, 'requestId' | 'traceId'> {
  const { requestId, traceId } = stateOf(c);
  return { requestId, traceId };
}
