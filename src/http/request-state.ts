/**
 * What is known of a request while it is answered. It is an object of its own and no variables of Hono's context, because it begins
 * before the app is asked and is read after the answer is made.
 */
import type { Context } from 'hono';

export type HeaderRecord = Readonly<Record<string, string>>;

/** Of a request, by names in lower case. */
export type SentHeaders = Readonly<Record<string, string | string[] | undefined>>;

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
  /** Of the client, where the platform tells it, and the route is not open to everybody. */
  address: string | undefined = undefined;

  constructor(
    private readonly request: Request,
    private readonly sentHeaders: SentHeaders | undefined,
  ) {}

  /** What was sent. @param name in lower case */
  header(name: string): string | undefined {
    if (!this.sentHeaders) return this.request.headers.get(name) ?? undefined;
    return this.sentHeaders[name] as string | undefined;
  }
}

/** What the app gets beside what the platform gives it. */
export interface RequestBindings {
  state?: RequestState;
  /** What the runtime has of the headers already; default: the request is asked, which costs more than to find its answer. */
  sentHeaders?: SentHeaders | undefined;
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
