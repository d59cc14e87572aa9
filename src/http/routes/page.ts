/** The pages for people: what their widgets need is loaded first, then all of it is rendered into one answer. */

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
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
import { type ApiDocument, renderApiReference } from '../../dashboard/page/api-reference.tsx';
import { EXAMPLES, renderGallery } from '../../dashboard/page/gallery.tsx';
import { listPage, map, overview, type Page, partsPage, scopePage } from '../../dashboard/page/pages.ts';
import { renderPage } from '../../dashboard/page/render.tsx';
import { PROVINCE } from '../../dashboard/page/selection.ts';
import { type ListPart, listKey, type Status, scopePath, trendKey } from '../../dashboard/view.ts';
import { type Needs, valuesOf } from '../../dashboard/widget.ts';
import { DatabaseUnavailableError, RefreshTimeoutError } from '../../errors.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import { LIST_NAMES } from '../../stats/lists.ts';
import { FIELDS } from '../../stats/schema.ts';
import type { Assets } from '../assets.ts';
import type { Bodies } from '../bodies.ts';
import { answerPage } from '../pages/answer-page.ts';
import { settingOf } from '../pages/setting.ts';
import { Problem } from '../problem.ts';
import { liveState } from '../stream/frames.ts';
import { datesOf, historyText } from './history.ts';
import { cursorOf, listText } from './lists.ts';

/** For so long a page that is asked for again is the same, while no figure changes; the time that it shows is as old at most. */
const SAME_FOR_MS = 10_000;

export interface PageOptions {
  assets: Assets;
  bodies: Bodies;
  meta: () => Promise<Meta>;
  /** ms of a clock that never goes back. */
  now: () => number;
  timeZone: string;
  /** TRUST_PROXY. */
  trustedProxies: number;
  /** What /openapi.json says. */
  api: () => ApiDocument;
  /** @throws Problem where the database is not ready to be read */
  requirePrepared: () => void;
}

export function pageRoutes(app: OpenAPIHono, service: StatsService, options: PageOptions): void {
  const { bodies, meta, requirePrepared } = options;
  const show = async (c: Context, page: Page) => {
    requirePrepared();
    const needs = page.widgets.map(({ widget, given }) =>
      widget.needs(valuesOf(widget, (name) => given[name])),
    );
    const found = await read(service, needs, options);
    const setting = await settingOf(c, options);
    return answerPage(c, bodies, [page, found.id, setting], async () =>
      renderPage(page, await load(service, needs, found, options), setting),
    );
  };
  app.get('/', (c) => show(c, overview()));
  for (const [section, type] of [
    ['regions', 'regional'],
    ['facilities', 'facility'],
  ] as const) {
    app.get(`/${section}`, (c) => show(c, partsPage(section)));
    app.get(`/${section}/:name`, (c) => show(c, scopePage(section, scopeKey(type, c.req.param('name')))));
  }
  app.get('/lists/:list', (c) => {
    const list = LIST_NAMES.find((name) => name === c.req.param('list'));
    if (!list) throw new Problem('not-found', `The lists are ${LIST_NAMES.join(', ')}.`);
    const after = c.req.query('after') ?? '';
    if (after !== '' && !cursorOf(after)) throw new Problem('not-found', 'The list has no such part.');
    return show(c, listPage(list, c.req.query('scope') || GLOBAL_KEY, after));
  });
  app.get('/map', (c) => show(c, map(GLOBAL_KEY, c.req.query(PROVINCE))));

  app.get('/widgets', async (c) => {
    requirePrepared();
    const needs = EXAMPLES.map(({ widget, given }) => widget.needs(valuesOf(widget, (name) => given[name])));
    const found = await read(service, needs, options);
    const setting = await settingOf(c, options);
    const origin = originOf(c, options);
    return answerPage(c, bodies, ['gallery', origin, found.id, setting], async () =>
      renderGallery(await load(service, needs, found, options), origin, setting),
    );
  });

  app.get('/docs', async (c) => {
    const setting = await settingOf(c, options);
    const origin = originOf(c, options);
    const html = () => renderApiReference(options.api(), origin, setting);
    return answerPage(c, bodies, ['docs', origin, setting], html);
  });

  // The form of the header comes here.
  app.get('/scope', async (c) => {
    requirePrepared();
    const key = c.req.query('key') ?? GLOBAL_KEY;
    const { scopes } = await meta();
    if (!scopes.some((scope) => scope.key === key))
      throw new Problem('not-found', `There is no scope ${key}.`);
    return c.redirect(scopePath(key), 303);
  });
}

/** Where code that people copy finds this service: behind a proxy that speaks TLS the request itself says http. */
function originOf(c: Context, { trustedProxies }: PageOptions): string {
  const url = new URL(c.req.url);
  if (trustedProxies > 0 && c.req.header('X-Forwarded-Proto') === 'https') url.protocol = 'https:';
  return url.origin;
}

/** The documents of a page as they are in memory, and how far they can be trusted. */
async function read(service: StatsService, needs: readonly Needs[], { now }: Pick<PageOptions, 'now'>) {
  const held = wantedOf(needs) ?? SMALLEST;
  const { keys } = held;
  const fields = FIELDS.filter((field) => held.fields.includes(field));
  const reading = await service.read(keys === 'all' ? allKeys : () => keys, { fields });
  const { position, lineage } = reading.snapshot;
  const trended = needs.find(({ trend }) => trend)?.trend?.key;
  // Estimates may come after the first page: the number of days tells such pages apart.
  const kept = trended === undefined ? undefined : await unlessAway(service.history(reading, trended));
  const { state, since, reason } = liveState(service.unconfirmed, now());
  const confirmedAt = new Date(Math.floor(Date.parse(since) / SAME_FOR_MS) * SAME_FOR_MS).toISOString();
  // A page is not live before its stream is.
  const status: Status =
    state === 'live' ? { state: 'loading', confirmedAt } : { state, since: confirmedAt, reason, confirmedAt };
  return {
    ...{ reading, status },
    position: { held, eventId: `${position.epoch}-${position.revision}` },
    /** While it is the same, so is the page: to find that out must cost nothing where there are a thousand regions. */
    id: [lineage, position.revision, reading.snapshot.localDate, kept?.days.length, status],
  };
}

/** Everything that the widgets of a page need. */
async function load(
  service: StatsService,
  needs: readonly Needs[],
  { reading, status, position }: Awaited<ReturnType<typeof read>>,
  { meta }: Pick<PageOptions, 'meta'>,
): Promise<Handover> {
  const documents = reading.items.map(({ text }) => shownOf(JSON.parse(text) as Figures, needs));
  const names = await meta();
  const trends: Record<string, Trend> = {};
  const lists: Record<string, ProjectList> = {};
  const trended = needs.flatMap(({ trend }) => trend ?? []);
  // Many widgets show trends of the same scope, which is read once.
  for (const key of new Set(trended.map((trend) => trend.key))) {
    const own = trended.filter((trend) => trend.key === key);
    const found = await unlessAway(
      loadTrend(service, key, [...new Set(own.flatMap(({ metrics }) => metrics))]),
    );
    for (const { metrics } of found ? own : [])
      trends[trendKey(key, metrics)] = { ...(found as Trend), series: seriesOf(found as Trend, metrics) };
  }
  for (const { list } of needs) {
    if (list && names.lists.includes(list.name)) {
      const found = await unlessAway(loadList(service, list));
      if (found) lists[listKey(list)] ??= found;
    }
  }
  return {
    position,
    loaded: {
      ...{ meta: names, trends, lists, status },
      documents: Object.fromEntries(documents.map((document) => [document.key, document])),
    },
  };
}

/** Figures are in memory; what is not, and cannot be read now, is left out of the page. */
function unlessAway<T>(loading: Promise<T>): Promise<T | undefined> {
  return loading.catch((error) => {
    if (error instanceof DatabaseUnavailableError || error instanceof RefreshTimeoutError) return undefined;
    throw error;
  });
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
  const [item] = read.items;
  if (!item) throw new Error('A read answers for each key that it is asked for.');
  const today = read.snapshot.localDate ?? '';
  const { days } = await service.history(read, key);
  return JSON.parse(historyText(item, today, days, { metrics, dates: datesOf({}, today) }));
}

async function loadList(service: StatsService, part: ListPart): Promise<ProjectList> {
  const { name, scope, limit, after } = part;
  const query = { list: name, key: scope, limit, after: cursorOf(after) };
  const { page } = await service.list(query, { current: false });
  return JSON.parse(listText(name, scope, page));
}
