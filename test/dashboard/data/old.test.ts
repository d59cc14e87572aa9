import { expect, test } from 'vitest';
import { goneKeys, isOldList, isOldMeta, isOldTrend } from '../../../src/dashboard/data/old.ts';
import type { Figures } from '../../../src/dashboard/figures.ts';
import { type Loaded, listKey, NOTHING, trendKey } from '../../../src/dashboard/view.ts';

const named = (name: string) => ({ name, title: { en: name, th: name } });
const META = {
  timeZone: 'Asia/Bangkok',
  scopes: ['global', 'region:a', 'facility:b'].map((key) => ({ key })),
  authorities: [named('PWA')],
  lists: ['overdue'],
  metrics: [],
} as unknown as NonNullable<Loaded['meta']>;
const rows = (...names: string[]) => names.map((name) => ({ ...named(name), total: 1 }));
const loaded = (statistics: object, more: Partial<Figures> = {}, meta = META): Loaded => ({
  ...NOTHING,
  meta,
  documents: { global: { key: 'global', version: 7, ...more, statistics } as unknown as Figures },
});

test('titles are old when a document names a scope or an authority that they do not have, or a scope is gone', () => {
  const known = { regions: rows('a', 'unassigned'), facilities: rows('b'), authorities: rows('PWA') };
  expect(isOldMeta(loaded({}), [])).toBe(false);
  expect(isOldMeta(loaded({ breakdown: known }), [])).toBe(false);
  expect(isOldMeta(loaded({ breakdown: { ...known, regions: rows('a', 'c') } }), [])).toBe(true);
  expect(isOldMeta(loaded({ breakdown: { ...known, facilities: [] } }), [])).toBe(true);
  expect(isOldMeta(loaded({ breakdown: { ...known, authorities: rows('MWA') } }), [])).toBe(true);
  expect(isOldMeta({ meta: META, documents: { 'region:new': { statistics: {} } as Figures } }, [])).toBe(
    true,
  );
  expect(isOldMeta(NOTHING, [])).toBe(true);
  expect(isOldMeta(loaded({}), [{ keys: ['region:c'], fields: [] }])).toBe(true);
});

test('a document is of a scope that is gone when neither titles nor the document of all projects have it', () => {
  const some = loaded({ breakdown: { regions: rows('new'), facilities: [], authorities: [] } });
  const of = (key: string) => ({ [key]: { key, statistics: {} } as Figures });
  const documents = { ...some.documents, ...of('region:a'), ...of('region:new'), ...of('region:old') };
  expect(goneKeys({ ...some, documents })).toEqual(['region:old']);
});

test('a trend is old when its document was computed on a later day of the service', () => {
  const trend = { key: 'global', metrics: ['totalProjects'] };
  const ending = (day: string, asOf: string): Loaded => ({
    ...loaded({}, { asOf }),
    trends: {
      [trendKey('global', trend.metrics)]: { ...trend, version: 1, dates: [day], series: {}, estimated: [] },
    },
  });
  // Midnight in Bangkok is 17:00 in UTC.
  expect(isOldTrend(ending('2026-11-27', '2026-11-27T16:59:59Z'), trend)).toBe(false);
  expect(isOldTrend(ending('2026-11-27', '2026-11-27T17:00:00Z'), trend)).toBe(true);
  expect(isOldTrend(loaded({}), trend)).toBe(true);
});

test('a list is old when the document of its scope has a newer version, and missing only where it is served', () => {
  const part = { name: 'overdue' as const, scope: 'global', limit: 20 };
  const at = (version: number): Loaded => ({
    ...loaded({}),
    lists: { [listKey(part)]: { version } as Loaded['lists'][string] },
  });
  expect([isOldList(at(6), part), isOldList(at(7), part), isOldList(loaded({}), part)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(isOldList(loaded({}, {}, { ...META, lists: [] }), part)).toBe(false);
});
