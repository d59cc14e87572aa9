import { expect, test } from 'vitest';
import type { Source } from '../../src/cache/reader.ts';
import type { Entry } from '../../src/cache/snapshot.ts';
import { age, cacheStatus, noneMatch } from '../../src/http/caching.ts';

const now = 100_000;
const entry = (checkedAt: number, expiresAt: number): Entry => ({
  id: '0/global@1',
  key: 'global',
  type: 'global',
  entityId: null,
  displayName: 'Global',
  version: 1,
  valid: true,
  asOf: new Date(0),
  checkedAt,
  expiresAt,
});
const entries = [entry(95_000, 130_000), entry(40_000, 93_000)];

const NEVER = Number.NEGATIVE_INFINITY;
test.each<[string, Source, Entry[], number, number]>([
  ['counts from the oldest check', 'memory', entries, NEVER, 60],
  ['counts from it too where the answer is stale', 'stale', entries, NEVER, 60],
  ['counts from when every commit was known to be there, if that is later', 'memory', entries, 98_000, 2],
  ['counts from the check where that is later', 'memory', entries.slice(0, 1), 50_000, 5],
  ['is 0 without documents', 'table', [], NEVER, 0],
  ['is 0 where a refresh has just checked them', 'refresh', entries, NEVER, 0],
])('Age %s', (_, source, of, confirmedAt, seconds) => {
  expect(age(source, of, now, confirmedAt)).toBe(seconds);
});

test('Age counts from when what is answered beside the documents was read, if that is earlier', () => {
  expect(age('memory', entries, now, 98_000, now - 4_000)).toBe(4);
  expect(age('memory', entries, now, NEVER, now - 4_000)).toBe(60);
});

test('what is stale ahead of its time has a negative ttl all the same', () => {
  expect(cacheStatus('stale', entries.slice(0, 1), now, false)).toBe(
    'dashboard-stats; hit; ttl=-1; detail=stale:expired',
  );
});

test.each([
  ['memory', false, 'hit; ttl=-7; detail=memory'],
  ['stale', true, 'hit; ttl=-7; detail=stale:expired'],
  ['table', true, 'fwd=miss; detail=table'],
  ['refresh', false, 'fwd=miss; detail=refresh'],
  ['refresh', true, 'fwd=request; detail=refresh'],
] as const)('Cache-Status from %s, no-cache asked: %s', (source, current, status) => {
  expect(cacheStatus(source, entries, now, current)).toBe(`dashboard-stats; ${status}`);
});

test.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['"a-gzip"', true],
  ['"a--gzip"', true],
  ['W/"a-zstd"', true],
  ['*', true],
  ['"b"', false],
  ['"a-other"', false],
  [undefined, false],
])('If-None-Match: %s names "a": %s', (header, expected) => {
  expect(noneMatch(header, '"a"')).toBe(expected);
});
