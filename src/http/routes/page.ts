/** The pages for people: what their widgets need is loaded first, then all of it is rendered into one answer. */

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { allKeys } from '../../cache/snapshot.ts';
import type { Handover } from '../../dashboard/data/handover.ts';
import { SMALLEST, wantedOf } from '../../dashboard/data/wanted.ts';
import type { Figures, Meta, ProjectList, Trend } from '../../dashboard/figures.ts';
import { map, overview, type Page } from '../../dashboard/page/pages.ts';
import { renderPage } from '../../dashboard/page/render.tsx';
import type { Lang } from '../../dashboard/text/text.ts';
import { type ListPart, listKey, trendKey } from '../../dashboard/view.ts';
import { type Needs, valuesOf } from '../../dashboard/widget.ts';
import type { StatsService } from '../../service/service.ts';
import { datesBetween, daysAfter } from '../../stats/days.ts';
import { historyMembers } from '../../stats/history.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { FIELDS } from '../../stats/schema.ts';
import type { Assets } from '../assets.ts';
import { liveState } from '../stream/frames.ts';
import { cursorOf, cursorText } from './lists.ts';

const TREND_DAYS = 90;
const HEADERS = {
  'Cache-Control': 'private, no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

interface PageOptions {
  assets: Assets;
  meta: () => Promise<Meta>;
  /** ms of a clock that never goes back. */
  now: () => number;
}

export function pageRoutes(
  app: OpenAPIHono,
  service: StatsService,
  { assets, meta, now }: PageOptions,
): void {
  const show = async (c: Context, page: Page) => {
    const needs = page.widgets.map(({ widget, given }) =>
      widget.needs(valuesOf(widget, (name) => given[name])),
    );
    const html = renderPage(page, {
      assets: await assets.names(),
      handover: await load(service, needs, { meta, now }),
      lang: langOf(c),
      path: c.req.path,
    });
    return c.html(html, 200, HEADERS);
  };
  app.get('/', (c) => show(c, overview(GLOBAL_KEY)));
  app.get('/map', (c) => show(c, map(GLOBAL_KEY)));
}

function langOf(c: Context): Lang {
  return c.req.query('lang') === 'en' ? 'en' : 'th';
}

/** Everything that the widgets of a page need. */
async function load(
  service: StatsService,
  needs: readonly Needs[],
  { meta, now }: Pick<PageOptions, 'meta' | 'now'>,
): Promise<Handover> {
  const held = wantedOf(needs) ?? SMALLEST;
  const { keys } = held;
  const fields = FIELDS.filter((field) => held.fields.includes(field));
  const reading = await service.read(keys === 'all' ? allKeys : () => keys, { fields });
  const documents = reading.items.map(({ text }) => JSON.parse(text) as Figures);
  const names = await meta();
  const trends: Record<string, Trend> = {};
  const lists: Record<string, ProjectList> = {};
  for (const { trend, list } of needs) {
    if (trend) trends[trendKey(trend.key, trend.metrics)] ??= await loadTrend(service, trend);
    if (list && names.lists.includes(list.name)) lists[listKey(list)] ??= await loadList(service, list);
  }
  const { epoch, revision } = reading.snapshot.position;
  const { state, since, reason } = liveState(service.unconfirmed, now());
  return {
    position: { held, eventId: `${epoch}-${revision}` },
    loaded: {
      meta: names,
      documents: Object.fromEntries(documents.map((document) => [document.key, document])),
      trends,
      lists,
      // A page is not live before its stream is.
      status:
        state === 'live'
          ? { state: 'loading', confirmedAt: since }
          : { state, since, reason, confirmedAt: since },
    },
  };
}

async function loadTrend(
  service: StatsService,
  { key, metrics }: NonNullable<Needs['trend']>,
): Promise<Trend> {
  const read = await service.read(() => [key]);
  const today = read.snapshot.localDate ?? '';
  const { days } = await service.history(read, key);
  const dates = datesBetween(daysAfter(today, 1 - TREND_DAYS), today);
  const [item] = read.items;
  const members = historyMembers(days, { day: today, document: item?.text ?? '' }, { metrics, dates });
  return { key, version: item?.entry.version ?? 0, ...JSON.parse(`{${members}}`) };
}

async function loadList(
  service: StatsService,
  { name, scope, limit, after }: ListPart,
): Promise<ProjectList> {
  const query = { list: name, key: scope, limit, after: cursorOf(after) };
  const { page } = await service.list(query, { current: false });
  const { version, asOf, total, items, next } = page;
  return {
    ...{ version, asOf: asOf.toISOString(), scope, list: name, total, next: cursorText(next) },
    items: items.map((item) => JSON.parse(item)),
  };
}
