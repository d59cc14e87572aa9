import { expect, test } from 'vitest';
import { listKey } from '../../../src/dashboard/view.ts';
import { statsList } from '../../../src/dashboard/widgets/stats-list.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const project = {
  ...{ projectId: 'p1', name: 'Pump <b>1</b>', province: 'เชียงใหม่', facilityType: 'pumping_station' },
  ...{ status: 'inProgress', completion: 42, due: '2026-11-01', daysLate: 26, daysLeft: null },
};
const lists = (part: { limit: number; after?: string }, list: object) => ({
  [listKey({ name: 'overdue', scope: 'global', ...part })]: {
    total: 48,
    next: null,
    items: [project],
    ...list,
  },
});
const meta = { lists: ['overdue' as const] };
const next = '2026-11-01_p1';

test('each project says what, where, how far and how late it is', () => {
  const html = bodyOf(statsList, {}, { meta, lists: lists({ limit: 10 }, {}) });
  for (const text of ['Pump &lt;b>1&lt;/b>', 'เชียงใหม่', '26 days', '42.0 %']) expect(html).toContain(text);
});

test('a part among other widgets leads to the whole list, which leads to its next part', () => {
  const some = bodyOf(statsList, {}, { meta, linked: true, lists: lists({ limit: 10 }, { next }) });
  expect(some).toMatch(/href="\/lists\/overdue\?scope=global">Show all 48/);
  const page = bodyOf(
    statsList,
    { limit: '50' },
    { meta, linked: true, lists: lists({ limit: 50 }, { next }) },
  );
  expect(page).toMatch(/after=2026-11-01_p1">Next/);
});

test('on a page of others a list has no links', () => {
  expect(bodyOf(statsList, {}, { meta, lists: lists({ limit: 10 }, { next }) })).not.toContain('href');
});

test('where the service has no lists it says so, and not that there are no projects', () => {
  expect(bodyOf(statsList, {}, { meta: { lists: [] } })).toContain('does not serve lists');
  expect(bodyOf(statsList, {}, { meta, lists: lists({ limit: 10 }, { items: [] }) })).toContain('No project');
});

test('a list that is refused, or cannot come while the service or its database is away, says so, and not that there are no figures', () => {
  const status = { state: 'stale', reason: 'database-away' } as const;
  expect(bodyOf(statsList, {}, { meta, status })).toContain('Cannot be loaded now');
  expect(bodyOf(statsList, {}, { meta, status: { state: 'reconnecting' } })).toContain(
    'Cannot be loaded now',
  );
  expect(bodyOf(statsList, {}, { meta, status: { state: 'refused' } })).toContain(
    'does not give these figures',
  );
  expect(bodyOf(statsList, {}, { meta })).toContain('No figures yet');
});

test('the table behind it has plain days', () => {
  const { rows } = statsList.rows?.(shownOf(statsList, {}, { meta, lists: lists({ limit: 10 }, {}) })) ?? {};
  expect(rows?.[0]?.slice(4)).toEqual(['2026-11-01', 26, null, 42]);
});
