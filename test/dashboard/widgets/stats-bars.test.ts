import { expect, test } from 'vitest';
import { statsBars } from '../../../src/dashboard/widgets/stats-bars.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const statistics = {
  completionHistogram: [230, 56, 55, 60, 46, 45, 62, 33, 24, 389],
  averageCompletion: 55.96,
  capacity: {
    pvModules: 768748,
    inverters: { kw125: 2579, kw80: 315, kw60: 148, kw40: 1181, totalKw: 403695 },
  },
  schedule: {
    completedPerMonth: [
      { month: '2026-09', count: 29 },
      { month: '2026-10', count: 48 },
      { month: '2026-11', count: 16 },
    ],
  },
  activity: {
    eventsPerDay: [
      { date: '2026-11-26', count: 129 },
      { date: '2026-11-27', count: 157 },
    ],
  },
};
const example = { statistics };

test('bars by month have the months below, three round ticks, and the current month stands out', () => {
  const html = bodyOf(statsBars, { metric: 'completedPerMonth' }, example);
  for (const text of ['Sept', 'Oct', 'Nov', '0', '25', '50']) expect(html).toContain(`>${text}</text>`);
  expect(html.match(/class="bar last"/g)).toHaveLength(1);
  expect(html).toContain('<tspan>16</tspan>');
});

test('the label of a chart says its figures in a sentence', () => {
  expect(bodyOf(statsBars, { metric: 'completedPerMonth' }, example)).toContain(
    'aria-label="Completed per month: September 2026 29, October 2026 48, November 2026 16"',
  );
});

test('the heights of bars are in the ratio of their counts', () => {
  const html = bodyOf(statsBars, { metric: 'completedPerMonth' }, example);
  const heights = [...html.matchAll(/class="fill-completed"[^>]* height="([\d.]+)"/g)].map(([, height]) =>
    Number(height),
  );
  expect(heights).toHaveLength(3);
  expect((heights[1] as number) / (heights[0] as number)).toBeCloseTo(48 / 29);
});

test('bars by progress are labelled with the range that each holds', () => {
  const html = bodyOf(statsBars, { metric: 'completionHistogram' }, example);
  for (const label of ['0–10', '80–90', '90–100 %']) expect(html).toContain(`>${label}</text>`);
});

test('the table behind bars by progress says from where to where each goes', () => {
  const { rows } = statsBars.rows?.(shownOf(statsBars, { metric: 'completionHistogram' }, example)) ?? {};
  expect(rows?.[0]).toEqual(['0 to under 10 %', 230]);
  expect(rows?.[9]).toEqual(['90 to 100 %', 389]);
  expect(statsBars.note?.(shownOf(statsBars, { metric: 'completionHistogram' }, example))).toBe(
    'average 56.0 %',
  );
});

test('inverters are a list of sizes, with capacity and modules below', () => {
  const html = bodyOf(statsBars, { metric: 'inverters' }, example);
  expect(html.match(/<li>/g)).toHaveLength(4);
  expect(html).toContain('<span>2,579</span>');
  expect(html).toContain('403.7 MW of inverters · 768,748 PV modules');
});

test('bars in Thai have Thai months and years of the Buddhist era', () => {
  const html = bodyOf(statsBars, { metric: 'completedPerMonth' }, { ...example, lang: 'th' });
  expect(html).toContain('>พ.ย.</text>');
  expect(html).toContain('พฤศจิกายน 2569 16');
});

test('a chart without figures yet is as high as with them', () => {
  const height = (html: string) => /class="marks" height="(\d+)"/.exec(html)?.[1];
  for (const metric of ['completedPerMonth', 'eventsPerDay', 'completionHistogram'])
    expect(height(bodyOf(statsBars, { metric }, {}))).toBe(height(bodyOf(statsBars, { metric }, example)));
});

test('a metric that is none of its own is the default', () => {
  expect(bodyOf(statsBars, { metric: 'toString' }, example)).toContain('aria-label="Completed per month');
});
