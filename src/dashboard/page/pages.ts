/** The pages: which widgets stand where. Data, so that the server can load what they need before it renders them. */
import type { Text } from '../text/text.ts';
import type { Widget } from '../widget.ts';
import { statsBars } from '../widgets/stats-bars.tsx';
import { statsHeatmap } from '../widgets/stats-heatmap.tsx';
import { statsMap } from '../widgets/stats-map.tsx';
import { statsNumber } from '../widgets/stats-number.tsx';
import { statsSchedule } from '../widgets/stats-schedule.tsx';
import { statsStatus } from '../widgets/stats-status.tsx';
import { statsTable } from '../widgets/stats-table.tsx';
import { statsTrend } from '../widgets/stats-trend.tsx';

interface Placed {
  widget: Widget;
  given: Readonly<Record<string, string>>;
  /** Where in the grid; a class of page.css. */
  area: 'tile' | 'third' | 'tall' | 'half' | 'wide' | 'full';
}

export interface Page {
  /** For the navigation and the title. */
  section: keyof Text['nav'];
  /** The cache key of what it is about. */
  scope: string;
  widgets: readonly Placed[];
}

const TREND = 'schedule.overdue,schedule.dueNext30Days,schedule.completedLast30Days';

const bars = (metric: string, scope: string, area: Placed['area']): Placed => ({
  widget: statsBars,
  given: { scope, metric },
  area,
});
const tile = (given: Placed['given']): Placed => ({ widget: statsNumber, given, area: 'tile' });

/** Everything about one scope. */
export function overview(scope: string): Page {
  return {
    section: 'overview',
    scope,
    widgets: [
      tile({ scope, metric: 'totalProjects' }),
      tile({
        scope,
        metric: 'completionPercentage',
        good: 'more',
        beside: 'statusBreakdown.completed',
        ring: 'yes',
      }),
      tile({ scope, metric: 'capacity.totalKw', compare: 'none', beside: 'capacity.completedKw' }),
      tile({ scope, metric: 'schedule.overdue', good: 'less', compare: '7' }),
      tile({
        scope,
        metric: 'schedule.dueNext30Days',
        compare: 'none',
        beside: 'schedule.startingNext30Days',
      }),
      tile({
        scope,
        metric: 'activity.activeProjects.today',
        compare: 'none',
        beside: 'activity.eventsToday,activity.activeProjects.last7Days',
      }),
      { widget: statsStatus, given: { scope }, area: 'third' },
      bars('completedPerMonth', scope, 'wide'),
      { widget: statsMap, given: { scope }, area: 'tall' },
      { widget: statsTable, given: { rows: 'regions', scope }, area: 'wide' },
      { widget: statsTable, given: { rows: 'facilities', scope }, area: 'wide' },
      { widget: statsHeatmap, given: {}, area: 'wide' },
      bars('eventsPerDay', scope, 'half'),
      bars('completionHistogram', scope, 'half'),
      { widget: statsSchedule, given: { scope }, area: 'half' },
      bars('inverters', scope, 'half'),
      { widget: statsTrend, given: { scope, metrics: TREND }, area: 'full' },
    ],
  };
}

/** The provinces of one scope. */
export function map(scope: string): Page {
  return {
    section: 'map',
    scope,
    widgets: [{ widget: statsMap, given: { scope }, area: 'half' }],
  };
}
