import type { Context } from 'hono';
import type { ReadOptions, Source } from '../cache/reader.ts';
import { type Entry, firstExpiry } from '../cache/snapshot.ts';
import type { StaleReason } from '../cache/sync-state.ts';
import { stateOf } from './request-state.ts';

/**
 * Whether If-None-Match (RFC 9110 section 13.1.2, weak comparison) names `etag`. Apache, Caddy and Jetty append the encoding that they
 * added themselves, and send the client's tag on as it is.
 */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header
    .split(',')
    .some((tag) => tag.trim().replace(/^W\/|-{1,2}(gzip|br|zstd|deflate)(?="$)/g, '') === etag);
}

/** Whether Cache-Control (RFC 9111 section 5.2.1.4) of a request asks for an answer that is validated now. */
export function asksForCurrent(header: string | undefined): boolean {
  if (header === undefined) return false;
  return header.split(',').some((directive) => directive.trim().toLowerCase() === 'no-cache');
}

/** What a read is asked for, by the query and the headers of its request. No object is spread: that costs as much as the read. */
export function askedBy(
  c: Context,
  { minRevision, fields }: Pick<ReadOptions, 'minRevision' | 'fields'>,
): ReadOptions & { current: boolean } {
  const state = stateOf(c);
  const current = asksForCurrent(state.header('cache-control'));
  return { minRevision, fields, current, traceId: state.traceId };
}

/**
 * Seconds since the oldest of the entries was last known to be the present (RFC 9111 section 5.1): by a check of its own,
 * or since memory held every commit up to `confirmedAt`. A refresh has just checked them.
 *
 * @param readAt when what is answered beside them was read
 */
export function age(
  source: Source,
  entries: readonly Entry[],
  now: number,
  confirmedAt: number,
  readAt = now,
): number {
  if (source === 'refresh') return 0;
  const oldest = entries.reduce(
    (first, { checkedAt }) => Math.min(first, Math.max(checkedAt, confirmedAt)),
    readAt,
  );
  return Math.floor((now - oldest) / 1000);
}

/**
 * Cache-Status (RFC 9211): `ttl` is what remains until the first of the entries expires, negative when one has.
 *
 * @param current whether the request asked for an answer that is validated now
 */
export function cacheStatus(
  source: Source,
  entries: readonly Entry[],
  now: number,
  current: boolean,
  staleReason: StaleReason = 'expired',
): string {
  if (source === 'table') return 'dashboard-stats; fwd=miss; detail=table';
  if (source === 'refresh') return `dashboard-stats; fwd=${current ? 'request' : 'miss'}; detail=refresh`;
  const left = entries.length === 0 ? 0 : Math.floor((firstExpiry(entries) - now) / 1000);
  // It may be stale before it expires, for any other reason.
  const ttl = source === 'stale' ? Math.min(-1, left) : left;
  const detail = source === 'stale' ? `stale:${staleReason}` : source;
  return `dashboard-stats; hit; ttl=${ttl}; detail=${detail}`;
}
