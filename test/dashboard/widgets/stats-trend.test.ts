import { expect, test } from 'vitest';
import { NOTHING } from '../../../src/dashboard/view.ts';
import { statsTrend } from '../../../src/dashboard/widgets/stats-trend.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const dates = ['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27'];
const trends = {
  'global?schedule.overdue': {
    dates,
    series: { 'schedule.overdue': [40, 50, 45, 48] },
    estimated: ['2026-11-24'],
  },
  'global?completionPercentage,totalProjects': {
    dates,
    series: { completionPercentage: [30, null, 32.5, 33], totalProjects: [990, 995, 1000, 1001] },
    estimated: [],
  },
};
const example = { trends, statistics: { schedule: { overdue: 60 } } };
const overdue = { metrics: 'schedule.overdue' };
const paths = (html: string) =>
  [...html.matchAll(/<path(?: class="(\w+)")? d="([^"]*)"/g)].map(([, kind, d]) => ({ kind, d }));

test('the figure of today is that of the document, not that of the history when it was loaded', () => {
  const html = bodyOf(statsTrend, overdue, example);
  expect(html).toContain('aria-valuetext="27 Nov 2026, Overdue 60"');
  expect(statsTrend.rows?.(shownOf(statsTrend, overdue, example))?.rows.at(-1)?.[1]).toBe(60);
});

test('estimated days are dashed as far as the next day that is not, and the note and the table say so', () => {
  const [dashed, solid] = paths(bodyOf(statsTrend, overdue, example));
  expect(dashed).toMatchObject({ kind: 'estimated', d: expect.stringMatching(/^M0,[\d.]+h0L33\.3,[\d.]+$/) });
  expect(solid).toMatchObject({ kind: undefined, d: expect.stringMatching(/^M33\.3,.*L100,/) });
  const shown = shownOf(statsTrend, overdue, example);
  expect(statsTrend.note?.(shown)).toBe('90 days · dashed: estimated');
  expect(statsTrend.rows?.(shown)?.rows.map((row) => row[2])).toEqual(['estimated', '', '', '']);
});

test('a day without a figure is a gap', () => {
  const html = bodyOf(statsTrend, { metrics: 'completionPercentage,totalProjects' }, { trends });
  const [percentage, total] = paths(html);
  expect(percentage?.d?.match(/M/g)).toHaveLength(2);
  expect(total?.d?.match(/M/g)).toHaveLength(1);
});

test('figures of another unit have axes of their own, and all together are as high as one', () => {
  const heights = (html: string) =>
    [...html.matchAll(/class="marks" height="(\d+)"/g)].map(([, height]) => Number(height));
  expect(heights(bodyOf(statsTrend, overdue, example))).toEqual([220]);
  expect(heights(bodyOf(statsTrend, { metrics: 'completionPercentage,totalProjects' }, { trends }))).toEqual([
    110, 110,
  ]);
});

test('a trend that is not loaded yet is as high as it will be, and has no figures', () => {
  const html = bodyOf(statsTrend, overdue, {});
  expect(html).toContain('class="marks" height="220"');
  expect(html).not.toMatch(/NaN|undefined/);
});

test('the heading of one figure is its title', () => {
  expect(statsTrend.heading(shownOf(statsTrend, overdue, {}))).toBe('Overdue');
  expect(statsTrend.heading(shownOf(statsTrend, {}, { lang: 'th' }))).toBe('แนวโน้ม');
});

test('a trend needs the history of its figures, and the documents for today', () => {
  expect(
    statsTrend.needs(
      { scope: 'region:northern', metrics: 'schedule.overdue,totalProjects', days: '90' },
      NOTHING,
    ),
  ).toEqual({
    keys: ['region:northern'],
    fields: ['schedule', 'totalProjects'],
    trend: { key: 'region:northern', metrics: ['schedule.overdue', 'totalProjects'] },
  });
});
