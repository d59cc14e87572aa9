import { expect, test } from 'vitest';
import { statsNumber } from '../../../src/dashboard/widgets/stats-number.tsx';
import { bodyOf } from '../../support/dashboard/example.ts';

const statistics = {
  statusBreakdown: { completed: 329 },
  completionPercentage: 32.9,
  capacity: { totalKw: 437913.07, completedKw: 140536.62 },
  schedule: { overdue: 48 },
  activity: { eventsToday: 198, activeProjects: { today: 127, last7Days: 353 } },
};
/** 31 days: `then`, and what is between does not matter. */
const trendOf = (metric: string, then: number) => ({
  [`global?${metric}`]: { series: { [metric]: Array.from({ length: 31 }, () => then) } },
});
const secondLine = (html: string) => /<p class="change">(.*?)<\/p>/.exec(html)?.[1]?.replace(/<[^>]*>/g, '');

test('a figure says how much it changed, over how long, and whether that is good', () => {
  const trends = trendOf('schedule.overdue', 43);
  const html = bodyOf(
    statsNumber,
    { metric: 'schedule.overdue', good: 'less', compare: '7' },
    { statistics, trends },
  );
  expect(html).toContain('<span class="bad">▲ 5</span>');
  expect(secondLine(html)).toBe('▲ 5 since last week');
});

test('the second line has other figures in words, before the change', () => {
  const given = { metric: 'completionPercentage', good: 'more', beside: 'statusBreakdown.completed' };
  const html = bodyOf(statsNumber, given, { statistics, trends: trendOf('completionPercentage', 31.5) });
  expect(secondLine(html)).toBe('329 projects · ▲ 1.4 in 30 days');
});

test('without a comparison the second line has the other figures only', () => {
  const two = 'activity.eventsToday,activity.activeProjects.last7Days';
  const given = { metric: 'activity.activeProjects.today', compare: 'none', beside: two };
  expect(secondLine(bodyOf(statsNumber, given, { statistics }))).toBe('198 events · 353 in 7 days');
  expect(secondLine(bodyOf(statsNumber, given, { statistics, lang: 'th' }))).toBe('198 กิจกรรม · 353 ใน 7 วัน');
});

test('another figure without words of its own is there with its title, and a path that is none is left out', () => {
  const given = {
    metric: 'capacity.totalKw',
    compare: 'none',
    beside: 'schedule.overdue,toString,no.figure',
  };
  expect(secondLine(bodyOf(statsNumber, given, { statistics }))).toBe('Overdue 48');
});

test('a percentage may be a ring too, which is hidden from screen readers, as the figure stands beside it', () => {
  const html = bodyOf(statsNumber, { metric: 'completionPercentage', ring: 'yes' }, { statistics });
  expect(html).toContain('stroke-dasharray="32.90 67.10"');
  expect(html).toMatch(/class="donut"[^>]* aria-hidden/);
  expect(bodyOf(statsNumber, { metric: 'schedule.overdue', ring: 'yes' }, { statistics })).not.toContain(
    'donut',
  );
});

test('a tile without figures yet has the lines that it will have', () => {
  const html = bodyOf(statsNumber, { metric: 'schedule.overdue' }, {});
  expect(html).toContain('–');
  expect(secondLine(html)).toBe('\u00A0');
});
