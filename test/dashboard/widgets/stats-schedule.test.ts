import { expect, test } from 'vitest';
import { statsSchedule } from '../../../src/dashboard/widgets/stats-schedule.tsx';
import { bodyOf, shownOf } from '../../support/dashboard/example.ts';

const schedule = { completedOnTime: 215, completedLate: 112, startingNext30Days: 55, dueNext30Days: 52 };

test('the ring says which part was completed on time, and the legend has all four figures', () => {
  const html = bodyOf(statsSchedule, {}, { statistics: { schedule } });
  expect(html).toContain('aria-label="66 % on time"');
  for (const count of [215, 112, 55, 52]) expect(html).toContain(`<span>${count}</span>`);
});

test('the shares of the ring are as long as their part, with a small gap', () => {
  const html = bodyOf(statsSchedule, {}, { statistics: { schedule } });
  expect(html).toContain('stroke-dasharray="64.95 35.05"');
  expect(html).toContain('stroke-dashoffset="-65.75"');
});

test('where nothing is completed the ring is empty and says no percentage', () => {
  const none = { ...schedule, completedOnTime: 0, completedLate: 0 };
  const html = bodyOf(statsSchedule, {}, { statistics: { schedule: none } });
  expect(html).toContain('>–</text>');
  expect(html).not.toContain('NaN');
});

test('figures that are not there yet are none, not 0', () => {
  expect(statsSchedule.rows?.(shownOf(statsSchedule, {}, {}))?.rows[0]).toEqual(['Completed on time', null]);
});
