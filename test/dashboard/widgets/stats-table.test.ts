import { expect, test } from 'vitest';
import { statsTable } from '../../../src/dashboard/widgets/stats-table.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const region = (name: string, total: number, overdue: number) => ({
  ...{ key: `region:${name}`, type: 'regional', name, displayName: name },
  statistics: {
    totalProjects: total,
    statusBreakdown: { planning: total - 1, completed: 1 },
    completionPercentage: 25,
    capacity: { totalKw: 1500 },
    schedule: { overdue },
  },
});
const part = (name: string, overdue: number) => ({ name, total: 4, completed: 1, totalKw: 10, overdue });
const documents = {
  'region:unknown': region('unknown', 9, 5),
  'region:a': region('a', 4, 2),
  'region:b': region('b', 3, 7),
};
const statistics = { breakdown: { regions: [part('a', 2), part('unassigned', 0)] } };
const titlesIn = (html: string) =>
  [...html.matchAll(/<th scope="row"[^>]*>(?:<(?:a|button)[^>]*>)?([^<]*)/g)].map(([, title]) => title);

test('each region has a row, those that hold what is in no region come last, and the table says what to do', () => {
  const html = bodyOf(statsTable, { sort: 'overdue' }, { statistics, documents });
  expect(titlesIn(html)).toEqual(['b', 'a', 'unknown', 'Not assigned']);
  expect(html).toContain('Projects without a region: 13.');
});

test('no figure of overdue projects is red, as no figure is the limit of what is bad', () => {
  expect(bodyOf(statsTable, {}, { documents })).not.toContain('class="bad"');
});

test('names and overdue figures lead to pages, where there are pages', () => {
  const html = bodyOf(statsTable, {}, { documents, linked: true });
  expect(html).toContain('<a href="/regions/a">a</a>');
  expect(html).toContain('href="/lists/overdue?scope=region%3Ab"');
  expect(bodyOf(statsTable, {}, { documents })).not.toContain('href');
});

test('the column that it is sorted by says so', () => {
  const html = bodyOf(statsTable, { sort: 'total' }, { documents });
  expect(html.match(/aria-sort="[^"]*"/g)).toEqual(['aria-sort="descending"']);
});

test('provinces are those of the document of the scope, and a button shows what is beyond the limit', () => {
  const provinces = [...'abcd'].map((province, i) => ({ ...part(province, i), province }));
  const html = bodyOf(
    statsTable,
    { rows: 'provinces', limit: '3', scope: 'global' },
    { statistics: { location: { provinces } } },
  );
  expect(titlesIn(html)).toEqual(['a', 'b', 'c']);
  expect(html).toContain('Show all 4');
});

test('the projects that are not on the map are those without a province too, as the map says', () => {
  const provinces = ['a', 'other'].map((province) => ({ ...part(province, 0), province }));
  const html = bodyOf(
    statsTable,
    { rows: 'provinces', scope: 'global' },
    { statistics: { totalProjects: 9, location: { provinces } } },
  );
  expect(html).toContain('Not on the map: 5.');
});

test('the table behind it has plain figures', () => {
  expect(statsTable.rows?.(shownOf(statsTable, {}, { documents }))?.rows[1]).toEqual([
    'a',
    4,
    1,
    25,
    1500,
    2,
  ]);
});

test('text of the database is text', () => {
  const html = bodyOf(statsTable, {}, { documents: { 'region:x': region('<img src=x>', 1, 0) } });
  expect(html).not.toContain('<img');
});

test('of more than 100 scopes the table shows the rows that the global document has of them, the largest first', () => {
  const names = Array.from({ length: 101 }, (_, i) => `n${i}`);
  const scopes = names.map((name) => ({
    ...{ key: `region:${name}`, type: 'regional' as const, displayName: name, title: { en: name, th: name } },
  }));
  const regions = names.map((name, i) => ({ ...part(name, 0), total: i }));
  const example = { statistics: { breakdown: { regions } }, meta: { scopes } };
  const { attributes, view } = shownOf(statsTable, {}, example);
  expect(statsTable.needs(attributes, view)).toEqual({ keys: ['global'], fields: ['breakdown'] });
  const html = bodyOf(statsTable, { limit: '2' }, example);
  expect(titlesIn(html)).toEqual(['n100', 'n99']);
  expect(html).toContain('Show all 101');
});
