/**
 * `?pretty`, for people: whatever answers JSON answers it indented. It stands around the app, which knows nothing of it, so that other
 * requests cost nothing more. One rule: such an answer is made anew each time, is not compressed, and its ETag is of its own bytes.
 */

import type { ExecutionContext } from 'hono';
import { parse, stringify } from 'lossless-json';
import type { NowOrLater } from '../timing/now-or-later.ts';
import { etagOf } from './bodies.ts';
import { noneMatch } from './caching.ts';
import type { RequestBindings } from './request-state.ts';

type Fetch = (
  request: Request,
  bindings?: RequestBindings,
  context?: ExecutionContext,
) => NowOrLater<Response>;

const ASKED = /[?&]pretty(?=[=&#]|$)/;
const YES = /^(|true|1|yes|on)$/i;
const NO = /^(false|0|no|off)$/i;
/** Those that routes have. */
const METHODS = ['GET', 'HEAD', 'POST'];
const JSON_TYPE = /^application\/(problem\+)?json\b/;

export function withPretty(fetch: Fetch): Fetch {
  return (request, bindings, context) =>
    ASKED.test(request.url) && METHODS.includes(request.method)
      ? pretty(request, (plain) => fetch(plain, { ...bindings, sent: undefined }, context))
      : fetch(request, bindings, context);
}

async function pretty(request: Request, fetch: Fetch): Promise<Response> {
  const url = new URL(request.url);
  const value = url.searchParams.get('pretty') ?? '';
  url.searchParams.delete('pretty');
  // Then it is a parameter that routes do not have, and is refused where they take no others.
  if (!YES.test(value) && !NO.test(value)) url.searchParams.set(`pretty=${value}`, '');
  const { body } = request;
  const plain = (method: string, headers: Headers) =>
    fetch(new Request(url, { method, headers, body, ...(body && { duplex: 'half' }) } as RequestInit));
  if (!YES.test(value)) return plain(request.method, request.headers);
  const asked = new Headers(request.headers);
  // The indented answer has an ETag and a length of its own.
  for (const name of ['Accept-Encoding', 'If-None-Match']) asked.delete(name);
  const answer = await plain(request.method, asked);
  if (!JSON_TYPE.test(answer.headers.get('Content-Type') ?? '')) return answer;
  const isHead = request.method === 'HEAD';
  const text = await (isHead ? await plain('GET', asked) : answer).text();
  const headers = new Headers(answer.headers);
  const bytes = Buffer.from(`${stringify(parse(text), undefined, 2)}\n`);
  headers.set('Content-Length', String(bytes.byteLength));
  if (headers.has('ETag')) {
    const etag = etagOf(bytes);
    headers.set('ETag', etag);
    if (noneMatch(request.headers.get('If-None-Match') ?? undefined, etag))
      return new Response(null, { status: 304, headers });
  }
  return new Response(isHead ? null : bytes, { status: answer.status, headers });
}
