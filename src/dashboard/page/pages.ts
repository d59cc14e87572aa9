/** The pages: which widgets stand where. Data, so that the server can load what they need before it renders them. */
import { GLOBAL_KEY } from '../../stats/keys.ts';
import type { ListName } from '../../stats/lists.ts';
import type { Text } from '../text/text.ts';
import type { Widget } from '../widget.ts';
import { statsBars } from '../widgets/stats-bars.tsx';
import { statsHeatmap } from '../widgets/stats-heatmap.tsx';
import { PAGE_LIMIT, statsList } from '../widgets/stats-list.tsx';
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
  area: 'tile' | 'third' | 'tall' | 'half' | 'large' | 'wide' | 'full';
}

export interface Page {
  /** For the navigation and the title. */
  section: keyof Text['nav'];
  /** The cache key of what it is about. */
  scope: string;
  /** Of a page that is about a list. */
  list?: ListName;
  widgets: readonly Placed[];
}

const TREND = 'schedule.overdue,schedule.dueNext30Days,schedule.completedLast30Days';

type Given = Placed['given'];
const tile = (given: Given): Placed => ({ widget: statsNumber, given, area: 'tile' });
const bars = (metric: string, scope: string, area: Placed['area']): Placed => ({
  widget: statsBars,
  given: { scope, metric },
  area,
});
const table = (given: Given, area: Placed['area']): Placed => ({ widget: statsTable, given, area });
const heatmap = (metric: string, area: Placed['area']): Placed => ({
  widget: statsHeatmap,
  given: { metric },
  area,
});
/** The worst of a list, with the way to all of it. */
const worst = (list: ListName, scope: string, area: Placed['area']): Placed => ({
  widget: statsList,
  given: { list, scope, limit: '5' },
  area,
});

/** Everything about one scope, with what stands beside the map. */
function everything(scope: string, beside: readonly Placed[]): readonly Placed[] {
  return [
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
    ...beside,
    bars('eventsPerDay', scope, 'half'),
    bars('completionHistogram', scope, 'half'),
    { widget: statsSchedule, given: { scope }, area: 'half' },
    bars('inverters', scope, 'half'),
    { widget: statsTrend, given: { scope, metrics: TREND }, area: 'full' },
    worst('overdue', scope, 'full'),
  ];
}

/** Of a table that stands among other widgets. */
const ROWS_BESIDE = 15;

export function overview(): Page {
  const scope = GLOBAL_KEY;
  const limit = String(ROWS_BESIDE);
  const beside = [
    table({ rows: 'regions', scope, limit }, 'wide'),
    table({ rows: 'facilities', scope, limit }, 'wide'),
    heatmap('total', 'wide'),
  ];
  return { section: 'overview', scope, widgets: everything(scope, beside) };
}

/** One region or facility type. */
export function scopePage(section: 'regions' | 'facilities', scope: string): Page {
  const limit = String(ROWS_BESIDE);
  const beside = [
    table({ rows: section === 'regions' ? 'facilities' : 'regions', scope, limit }, 'wide'),
    table({ rows: 'authorities', scope, sort: 'total', limit: '10' }, 'wide'),
    table({ rows: 'provinces', scope, sort: 'total', limit: '10' }, 'wide'),
  ];
  return { section, scope, widgets: everything(scope, beside) };
}

/** All regions, or all facility types. */
export function partsPage(section: 'regions' | 'facilities'): Page {
  const widgets = [table({ rows: section }, 'full'), heatmap('total', 'half'), heatmap('overdue', 'half')];
  return { section, scope: GLOBAL_KEY, widgets };
}

/** The provinces of one scope, and one of them marked. */
export function map(scope: string, selected = ''): Page {
  const given = { scope, ...(selected && { selected }) };
  const provinces = table({ ...given, rows: 'provinces', sort: 'total', limit: '78' }, 'half');
  return {
    section: 'map',
    scope,
    widgets: [{ widget: statsMap, given, area: 'large' }, provinces],
  };
}

/** @param after what the part before names as `next`; '' for the beginning */
export function listPage(list: ListName, scope: string, after: string): Page {
  const given = { list, scope, limit: String(PAGE_LIMIT), from: after };
  return { section: 'overview', scope, list, widgets: [{ widget: statsList, given, area: 'full' }] };
}
