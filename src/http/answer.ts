import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import type { Reading } from '../cache/reader.ts';
import type { Bodies, Encoding } from './bodies.ts';
import { age, asksForCurrent, cacheStatus, noneMatch } from './caching.ts';

export interface AnswerContext {
  bodies: Bodies;
  now: () => number;
  /** The Cache-Control of every 200 and 304 of /stats. */
  cacheControl: string;
}

/**
 * Answers with what was read: strong ETag, 304, Age, Cache-Status, Stats-Revision, Stats-Event-Id, and br or gzip.
 *
 * @param id names the content (see Bodies)
 */
export async function answer(
  c: Context,
  { bodies, now, cacheControl }: AnswerContext,
  reading: Reading,
  id: string,
  text: () => string,
): Promise<Response> {
  const { source, staleReason } = reading;
  c.set('cache', source === 'stale' ? `stale:${staleReason}` : source);
  const body = await bodies.get(id, preferredEncoding(c), text);
  const entries = reading.items.map((item) => item.entry);
  const [at, current] = [now(), asksForCurrent(c.req.header('Cache-Control'))];
  const { epoch, revision } = reading.snapshot.position;
  const headers = {
    ETag: body.etag,
    'Cache-Control': cacheControl,
    Age: String(age(reading.source, entries, at, reading.confirmedAt)),
    'Cache-Status': cacheStatus(reading.source, entries, at, current, reading.staleReason),
    'Stats-Revision': String(revision),
    'Stats-Event-Id': `${epoch}-${revision}`,
  };
  c.header('Vary', 'Accept-Encoding', { append: true });
  if (noneMatch(c.req.header('If-None-Match'), body.etag)) return c.body(null, 304, headers);
  if (body.encoding !== 'identity') c.header('Content-Encoding', body.encoding);
  return c.body(body.bytes, 200, {
    ...headers,
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': String(body.bytes.byteLength),
  });
}

/** Of what the client takes with the highest weight, the smallest (RFC 9110 section 12.5.3). */
export function preferredEncoding(c: Context): Encoding {
  return accepts(c, {
    header: 'Accept-Encoding',
    supports: ['br', 'gzip', 'identity'],
    default: 'identity',
    match: (accepted, { supports }) => {
      const weight = (encoding: string) =>
        accepted.find(({ type }) => type.toLowerCase() === encoding)?.q ?? 0;
      const best = supports.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      return weight(best) > 0 ? best : 'identity';
    },
  }) as Encoding;
}
