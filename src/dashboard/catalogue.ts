/** Every widget there is: what the browser defines, the pages use, the gallery shows and custom-elements.json describes. */
import type { Widget } from './widget.ts';
import { statsBars } from './widgets/stats-bars.tsx';
import { statsHeatmap } from './widgets/stats-heatmap.tsx';
import { statsList } from './widgets/stats-list.tsx';
import { statsLive } from './widgets/stats-live.tsx';
import { statsMap } from './widgets/stats-map.tsx';
import { statsNumber } from './widgets/stats-number.tsx';
import { statsSchedule } from './widgets/stats-schedule.tsx';
import { statsStatus } from './widgets/stats-status.tsx';
import { statsTable } from './widgets/stats-table.tsx';
import { statsTrend } from './widgets/stats-trend.tsx';

export const WIDGETS: readonly Widget[] = [
  statsNumber,
  statsStatus,
  statsBars,
  statsSchedule,
  statsMap,
  statsTable,
  statsHeatmap,
  statsLive,
  statsList,
  statsTrend,
];
