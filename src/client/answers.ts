/** What the API answers. Documents are those of the service's schema; the compiler checks that the routes of all else fit. */
import type { ListName } from '../stats/lists.ts';
import type { Metric, Statistics, StatsDocument } from '../stats/schema.ts';
import type { Title } from '../stats/titles.ts';

export type { ListName };
export type Field = keyof Statistics;

/** A document, with those members of `statistics` that were asked for. */
export type Selected<F extends Field = Field> = Omit<StatsDocument, 'statistics'> & {
  statistics: Pick<Statistics, F>;
};

interface Newest {
  /** The newest among the documents. */
  version: number;
  /** ISO 8601; null where there are none. */
  asOf: string | null;
}

/** `GET /stats?keys=`, `/stats/regions`, `/stats/facilities`. */
export interface Documents<F extends Field = Field> extends Newest {
  items: Selected<F>[];
}

/** `GET /stats`. */
export interface Bundle<F extends Field = Field> extends Newest {
  global: Selected<F>;
  regions: Selected<F>[];
  facilities: Selected<F>[];
}

/** `GET /stats/.../history`: a column for each metric. */
export interface History {
  key: string;
  /** Of the present document, which has the figures of today. */
  version: number;
  from: string;
  to: string;
  /** Local days, `YYYY-MM-DD`. */
  dates: string[];
  /** By metric, a figure for each of `dates`; null where none was kept. */
  series: Record<string, (number | null)[]>;
  /** Days that were computed afterwards and never served. */
  estimated: string[];
}

export interface ListedProject {
  projectId: string;
  /** null where the project was deleted a moment ago. */
  name: string | null;
  province: string | null;
  region: string | null;
  facilityType: string | null;
  authority: string | null;
  team: string | null;
  status: 'planning' | 'inProgress' | 'completed' | 'onHold' | 'cancelled' | null;
  completion: number;
  start: string | null;
  due: string | null;
  end: string | null;
  /** Until its end where it is completed; null where it is not late. */
  daysLate: number | null;
  /** Of an open project that is not late. */
  daysLeft: number | null;
  lastActivity: string | null;
}

/** `GET /stats/lists/{list}`. */
export interface ProjectList {
  version: number;
  asOf: string;
  scope: string;
  list: ListName;
  /** The figure of the document of this version. */
  total: number;
  items: ListedProject[];
  /** To go on with as `after`; null at the end. */
  next: string | null;
}

interface Named {
  name: string;
  title: Title;
}

/** `GET /meta`. */
export interface Meta {
  timeZone: string;
  demo: boolean;
  scopes: (Pick<StatsDocument, 'key' | 'type' | 'entityId' | 'displayName'> & { title: Title })[];
  statuses: Named[];
  provinces: Named[];
  authorities: Named[];
  /** Lists that are served: none with LISTS=off. */
  lists: ListName[];
  metrics: Metric[];
}
