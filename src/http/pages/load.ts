/** What the widgets of a page need of the service, as the page hands it over to the browser. */
import type { Reading } from '../../cache/reader.ts';
import { allKeys } from '../../cache/snapshot.ts';
import type { Handover } from '../../dashboard/data/handover.ts';
import { SMALLEST, wantedOf } from '../../dashboard/data/wanted.ts';
import {
  type Field,
  type Figures,
  type Meta,
  type ProjectList,
  seriesOf,
  type Trend,
} from '../../dashboard/figures.ts';
import type { Page } from '../../dashboard/page/pages.ts';
import { type ListPart, type Loaded, listKey, NOTHING, type Status, trendKey } from '../../dashboard/view.ts';
import { type Needs, valuesOf } from '../../dashboard/widget.ts';
import { DatabaseIncompleteError, DatabaseUnavailableError, RefreshTimeoutError } from '../../errors.ts';
import type { StatsService } from '../../service/service.ts';
import { FIELDS } from '../../stats/schema.ts';
import type { NowOrLater } from '../../timing/now-or-later.ts';
import { defaultDates, historyText } from '../routes/history.ts';
import { cursorOf, listText } from '../routes/lists.ts';
import type { Meta as MetaAnswer } from '../routes/meta.ts';
import { onlyItem } from '../routes/stats.ts';
import { liveState } from '../stream/frames.ts';

/** For so long a page that is asked for again is the same, while no figure changes; the time that it shows is as old at most. */
const SAME_FOR_MS = 10_000;

interface LoadOptions {
  meta: () => Promise<MetaAnswer>;
  /** ms of a clock that never goes back. */
  now: () => number;
}

/** @returns what tells the page apart from others, and what loads it */
export async function loading(
  service: StatsService,
  widgets: readonly Placed[],
  options: LoadOptions,
): Promise<{ id: unknown; load: () => Promise<Handover> }> {
  const unlessAway = givingUp();
  const { id } = await read(service, needsOf(widgets, NOTHING), options, unlessAway);
  return { id, load: () => load(service, widgets, options, unlessAway) };
}

type Placed = Pick<Page['widgets'][number], 'widget' | 'given'>;

function needsOf(widgets: readonly Placed[], loaded: Pick<Loaded, 'meta' | 'documents'>): readonly Needs[] {
  return widgets.map(({ widget, given }) =>
    widget.needs(
      valuesOf(widget, (name) => given[name]),
      loaded,
    ),
  );
}

/** The documents of a page as they are in memory, and how far they can be trusted. */
async function read(
  service: StatsService,
  needs: readonly Needs[],
  { now }: LoadOptions,
  unlessAway: UnlessAway,
) {
  const held = wantedOf(needs) ?? SMALLEST;
  const { keys } = held;
  const fields = FIELDS.filter((field) => held.fields.includes(field));
  const reading = await service.read(keys === 'all' ? allKeys : () => keys, { fields });
  const { eventId, lineage, localDate } = reading.snapshot;
  const trended = needs.find(({ trend }) => trend)?.trend?.key;
  // Estimates may come after the first page: the number of days tells such pages apart.
  const kept = trended === undefined ? undefined : await unlessAway(() => service.history(reading, trended));
  const { state, since, reason } = liveState(service.unconfirmed, now());
  const confirmedAt = new Date(Math.floor(Date.parse(since) / SAME_FOR_MS) * SAME_FOR_MS).toISOString();
  // A page is not live before its stream is.
  const status: Status =
    state === 'live' ? { state: 'loading', confirmedAt } : { state, since: confirmedAt, reason, confirmedAt };
  return {
    ...{ reading, status },
    position: { held, eventId },
    /** While it is the same, so is the page: to find that out must cost nothing where there are a thousand regions. */
    id: [lineage, eventId, localDate, kept?.days.length, status],
  };
}

/** Everything that the widgets of a page need. Titles and the document of all projects may say that it is more than that. */
async function load(
  service: StatsService,
  widgets: readonly Placed[],
  options: LoadOptions,
  unlessAway: UnlessAway,
): Promise<Handover> {
  const names = metaOfPage(await options.meta());
  const first = await read(service, needsOf(widgets, NOTHING), options, unlessAway);
  const needs = needsOf(widgets, { meta: names, documents: documentsOf(first.reading) });
  const { reading, status, position } = await read(service, needs, options, unlessAway);
  const trends: Record<string, Trend> = {};
  const lists: Record<string, ProjectList> = {};
  const trended = needs.flatMap(({ trend }) => trend ?? []);
  // Many widgets show trends of the same scope, which is read once.
  for (const key of new Set(trended.map((trend) => trend.key))) {
    const own = trended.filter((trend) => trend.key === key);
    const found = await unlessAway(() =>
      loadTrend(service, key, [...new Set(own.flatMap(({ metrics }) => metrics))]),
    );
    for (const { metrics } of found ? own : [])
      trends[trendKey(key, metrics)] = { ...(found as Trend), series: seriesOf(found as Trend, metrics) };
  }
  for (const { list } of needs) {
    if (list && names.lists.includes(list.name)) {
      const found = await unlessAway(() => loadList(service, list));
      if (found) lists[listKey(list)] ??= found;
    }
  }
  return {
    position,
    loaded: {
      ...{ meta: names, trends, lists, status },
      documents: documentsOf(reading, (figures) => shownOf(figures, needs)),
    },
  };
}

function documentsOf({ items }: Reading, as = (figures: Figures) => figures): Record<string, Figures> {
  return Object.fromEntries(items.map(({ entry, text }) => [entry.key, as(JSON.parse(text) as Figures)]));
}

/** Without ids and definitions, which no widget shows. */
function metaOfPage({ scopes, metrics, ...meta }: MetaAnswer): Meta {
  return {
    ...meta,
    scopes: scopes.map(({ entityId: _, ...scope }) => scope),
    metrics: metrics.map(({ definition: _, ...metric }) => metric),
  };
}

type UnlessAway = <T>(loading: () => NowOrLater<T>) => Promise<T | undefined>;

/** Figures are in memory; what is not, and cannot be read now, is left out of the page. A page waits once for that. */
function givingUp(): UnlessAway {
  let away = false;
  return async (loading) => {
    if (away) return undefined;
    try {
      return await loading();
    } catch (error) {
      const isAway = error instanceof DatabaseUnavailableError && !(error instanceof DatabaseIncompleteError);
      if (!isAway && !(error instanceof RefreshTimeoutError)) throw error;
      away = true;
      return undefined;
    }
  };
}

/** Without the members that no widget of the page shows of this document: there may be a thousand regions. */
function shownOf(figures: Figures, needs: readonly Needs[]): Figures {
  const shown = needs
    .filter(({ keys }) => keys === 'all' || keys.includes(figures.key))
    .flatMap(({ fields }) => fields);
  const statistics = Object.entries(figures.statistics).filter(([field]) => shown.includes(field as Field));
  return { ...figures, statistics: Object.fromEntries(statistics) };
}

async function loadTrend(service: StatsService, key: string, metrics: readonly string[]): Promise<Trend> {
  const read = await service.read(() => [key]);
  const today = read.snapshot.localDate ?? '';
  const { days } = await service.history(read, key);
  return JSON.parse(historyText(onlyItem(read), today, days, { metrics, dates: defaultDates(today) }));
}

async function loadList(service: StatsService, part: ListPart): Promise<ProjectList> {
  const { name, scope, limit, after } = part;
  const query = { list: name, key: scope, limit, after: cursorOf(after) };
  const { page } = await service.list(query);
  return JSON.parse(listText(name, scope, page));
}
