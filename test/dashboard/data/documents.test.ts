import { expect, test } from 'vitest';
import { documentsOf, doubtOf, merged } from '../../../src/dashboard/data/documents.ts';
import type { Figures } from '../../../src/dashboard/figures.ts';

const figures = (key: string, statistics: Figures['statistics'], version = 1) =>
  ({ key, version, statistics }) as Figures;

test('a bundle has the documents of all scopes, global first', () => {
  const [global, region, facility] = ['global', 'region:a', 'facility:b'].map((key) => figures(key, {}));
  const bundle = { global, regions: [region], facilities: [facility] } as Parameters<typeof documentsOf>[0];
  expect(documentsOf(bundle)).toEqual([global, region, facility]);
  expect(documentsOf({ items: [figures('a', {})] })).toHaveLength(1);
});

test('members that did not come stay', () => {
  const before = figures('a', { totalProjects: 1, completionPercentage: 5 });
  expect(merged(before, figures('a', { totalProjects: 2 }, 7))).toEqual(
    figures('a', { totalProjects: 2, completionPercentage: 5 }, 7),
  );
});

test('headers say since when and why an answer may not be the present', () => {
  const headers = (detail: string) =>
    new Headers({ 'Cache-Status': `dashboard-stats; hit; ttl=-7; detail=${detail}`, Age: '5' });
  const now = Date.parse('2026-11-27T03:00:05Z');
  const since = '2026-11-27T03:00:00.000Z';
  expect(doubtOf(headers('stale:database-away'), now)).toEqual({
    state: 'stale',
    since,
    reason: 'database-away',
  });
  expect(doubtOf(headers('stale:behind'), now)).toEqual({ state: 'behind', since, reason: 'behind' });
  expect(doubtOf(headers('memory'), now)).toBeUndefined();
});
