import { expect, test } from 'vitest';
import { faultOf } from '../../src/dashboard/fault.ts';
import type { Widget } from '../../src/dashboard/widget.ts';
import { statsMap } from '../../src/dashboard/widgets/stats-map.tsx';
import { statsNumber } from '../../src/dashboard/widgets/stats-number.tsx';
import { statsTrend } from '../../src/dashboard/widgets/stats-trend.tsx';
import { shownOf } from '../support/dashboard/example.ts';

const fault = (widget: Widget, given: Record<string, string>) =>
  faultOf(widget, (name) => given[name], shownOf(widget, given, {}).view);

test.each([
  [statsNumber, { metric: 'capacity.totalKW' }, 'capacity.totalKw'],
  [statsNumber, { metric: 'overdue' }, 'schedule.overdue'],
  [statsNumber, { metric: 'totalProjects', beside: 'capacity.totalKw,x.y.z' }, undefined],
  [statsTrend, { metrics: 'schedule.overdue,schedule.overdu' }, 'schedule.overdue'],
  [statsMap, { metric: 'schedule.overdue' }, 'overdue'],
])('%# an unknown value of an attribute is a fault, and the nearest is named', (widget, given, nearest) => {
  const found = fault(widget, given);
  expect(found).toBeDefined();
  expect(found?.nearest).toBe(nearest);
});

test('what is known, empty or absent is no fault, and no figure is before figures are known', () => {
  expect(fault(statsNumber, { metric: 'schedule.overdue', good: 'less', beside: '' })).toBeUndefined();
  expect(fault(statsTrend, {})).toBeUndefined();
  expect(faultOf(statsNumber, () => 'x', { meta: undefined })?.attribute).not.toBe('metric');
});
