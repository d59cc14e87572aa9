import { expect, test } from 'vitest';
import { statsHeatmap } from '../../../src/dashboard/widgets/stats-heatmap.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const part = (name: string, total: number) => ({ name, total, completed: 1, totalKw: 1500, overdue: 0 });
const document = (type: 'regional' | 'facility', name: string, breakdown: object) => ({
  ...{ key: `${type === 'regional' ? 'region' : 'facility'}:${name}`, type, name, displayName: name },
  statistics: { totalProjects: 1, breakdown },
});
const documents = {
  global: document('regional', 'global', {
    regions: [part('unassigned', 3)],
    facilities: [part('unassigned', 2)],
  }),
  'region:north': document('regional', 'north', { facilities: [part('pump', 10), part('unassigned', 2)] }),
  'facility:pump': document('facility', 'pump', { regions: [part('north', 10), part('unassigned', 3)] }),
};
Object.assign(documents.global, { key: 'global', type: 'global' });

test('a pair is found in the document of its region, or of its facility type where it has no region', () => {
  expect(statsHeatmap.rows?.(shownOf(statsHeatmap, {}, { documents }))).toMatchObject({
    columns: [{}, { title: 'pump' }, { title: 'Not assigned' }],
    rows: [
      ['north', 10, 2],
      ['Not assigned', 3, null],
    ],
  });
});

test('the greatest figure has the strongest colour', () => {
  const html = bodyOf(statsHeatmap, {}, { documents });
  expect(html).toContain('<td class="heat-9"><span>10</span></td>');
  expect(html).toContain('<td class="heat-2"><span>2</span></td>');
});

test('capacities have their unit', () => {
  expect(bodyOf(statsHeatmap, { metric: 'totalKw' }, { documents })).toContain('1.5 MW');
});

test('of more than 100 scopes the heatmap needs and shows the largest 50 regions and types', () => {
  const names = Array.from({ length: 120 }, (_, i) => `n${i}`);
  const scopes = names.flatMap((name) => [
    { key: `region:${name}`, type: 'regional' as const, displayName: name, title: { en: name, th: name } },
    { key: `facility:${name}`, type: 'facility' as const, displayName: name, title: { en: name, th: name } },
  ]);
  const rows = [part('unassigned', 999), ...names.map((name, i) => part(name, i))];
  const global = { ...document('regional', 'global', { regions: rows, facilities: rows }), key: 'global' };
  const shown = shownOf(statsHeatmap, {}, { documents: { global }, meta: { scopes } });
  const { keys } = statsHeatmap.needs(shown.attributes, shown.view);
  expect(keys.length).toBe(51);
  expect(keys.slice(0, 3)).toEqual(['global', 'region:n119', 'region:n118']);
  const { rows: shownRows, columns } = statsHeatmap.rows?.(shown) ?? {};
  expect([shownRows?.length, columns?.length, shownRows?.[0]?.[0]]).toEqual([50, 51, 'n119']);
});

test('before titles are there, the heatmap needs no more than the document of all projects', () => {
  expect(statsHeatmap.needs({ metric: 'total' }, { meta: undefined, documents: {} }).keys).toEqual([
    'global',
  ]);
});
