import { expect, test } from 'vitest';
import type { Entry } from '../../src/cache/snapshot.ts';
import { age, cacheStatus } from '../../src/http/caching.ts';

const now = 100_000;
const entry = (checkedAt: number, expiresAt: number): Entry => ({
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

test('Age counts from the oldest check, and is 0 of an answer that a refresh has just checked', () => {
  expect(age('memory', entries, now)).toBe(60);
  expect(age('stale', entries, now)).toBe(60);
  expect(age('table', [], now)).toBe(0);
  expect(age('refresh', entries, now)).toBe(0);
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
