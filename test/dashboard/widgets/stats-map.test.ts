import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { Frame } from '../../../src/dashboard/frame.tsx';
import { statsMap } from '../../../src/dashboard/widgets/stats-map.tsx';
import { shownOf } from '../../support/dashboard/example.ts';

const row = (province: string, total: number, overdue: number) => ({
  province,
  total,
  completed: 1,
  totalKw: 10.5,
  overdue,
});
const statistics = {
  totalProjects: 12,
  location: { mapped: 12, provinces: [row('other', 2, 9), row('ตาก', 3, 2), row('น่าน', 5, 1)] },
};
const shown = (metric: string) => shownOf(statsMap, { metric }, { statistics });

test('the rows of the map have the largest figure first and what is no province last', () => {
  const names = (metric: string) => statsMap.rows?.(shown(metric))?.rows.map(([name]) => name);
  expect(names('total')).toEqual(['น่าน', 'ตาก', 'other']);
  expect(names('overdue')).toEqual(['ตาก', 'น่าน', 'other']);
  expect(names('nonsense')).toEqual(names('total'));
});

test('the server renders the place of the map, and in it the table for who has no script', () => {
  const html = renderToString(h(Frame, { widget: statsMap, given: () => undefined, ...shown('overdue') }));
  expect(html).toContain('<th scope="row">น่าน</th>');
  expect(html).toMatch(/<option selected[^>]* value="overdue"|<option value="overdue"[^>]* selected/);
  expect(html).toContain('Not on the map: 4<');
  expect(html).not.toMatch(/<path| style=/);
});
