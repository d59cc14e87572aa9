import type { Context } from 'hono';
import type { Reading } from '../cache/reader.ts';
import { andThen, type NowOrLater } from '../timing/now-or-later.ts';
import type { Bodies, Body } from './bodies.ts';
import { age, asksForCurrent, cacheStatus, noneMatch } from './caching.ts';
import { withCommonHeaders } from './common-headers.ts';
import { type MadeAnswer, stateOf } from './request-state.ts';

export interface AnswerContext {
  bodies: Bodies;
  /** The Cache-Control of every 200 and 304 of /stats. */
  cacheControl: string;
}

/**
 * Answers with what was read: strong ETag, 304, Age, Cache-Status, Stats-Revision, Stats-Event-Id, and br or gzip.
 *
 * @param id names the content (see Bodies)
 */
export function answer(
  c: Context,
  { bodies, cacheControl }: AnswerContext,
  reading: Reading,
  id: string,
  text: () => string,
): NowOrLater<Response> {
  const { source, staleReason } = reading;
  stateOf(c).cache = source === 'stale' ? `stale:${staleReason}` : source;
  return andThen(bodies.get(id, bodies.encodingFor(c), text), (body) =>
    answerWith(c, body, reading, cacheControl),
  );
}

function answerWith(
  c: Context,
  body: Body,
  { snapshot, items, source, staleReason, at, confirmedAt, readAt }: Reading,
  cacheControl: string,
): Response {
  const state = stateOf(c);
  const entries = items.map((item) => item.entry);
  const current = source === 'refresh' && asksForCurrent(state.header('cache-control'));
  const headers = withCommonHeaders(state, {
    'Cache-Control': cacheControl,
    Vary: 'Accept-Encoding',
    Age: String(age(source, entries, at, confirmedAt, readAt)),
    'Cache-Status': cacheStatus(source, entries, at, current, staleReason),
    'Stats-Revision': String(snapshot.position.revision),
    'Stats-Event-Id': snapshot.eventId,
  });
  const made = madeOf(body, 'application/json; charset=UTF-8', headers, state.header('if-none-match'));
  if (source === 'memory') state.made = made;
  return new Response(made.body ?? null, { status: made.status, headers });
}

/** 304 where the client has the body already. @param headers get what says how the body is */
export function madeOf(
  { etag, bytes, encoding }: Body,
  contentType: string,
  headers: Record<string, string>,
  ifNoneMatch: string | undefined,
): MadeAnswer {
  headers['ETag'] = etag;
  if (noneMatch(ifNoneMatch, etag)) return { status: 304, headers, body: undefined };
  headers['Content-Type'] = contentType;
  headers['Content-Length'] = String(bytes.byteLength);
  if (encoding !== 'identity') headers['Content-Encoding'] = encoding;
  return { status: 200, headers, body: bytes };
}
