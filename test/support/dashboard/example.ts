/** What a widget shows of given figures, without a service. */
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Figures, Trend } from '../../../src/dashboard/figures.ts';
import type { Lang } from '../../../src/dashboard/text/text.ts';
import { type Loaded, NOTHING, viewOf } from '../../../src/dashboard/view.ts';
import { type Shown, valuesOf, type Widget } from '../../../src/dashboard/widget.ts';
import { METRICS } from '../../../src/stats/schema.ts';

const META: NonNullable<Loaded['meta']> = {
  timeZone: 'Asia/Bangkok',
  demo: false,
  scopes: [],
  statuses: [],
  provinces: [],
  authorities: [],
  metrics: METRICS,
  lists: [],
};

export interface Example {
  /** Of the scope `global`. */
  statistics?: object;
  /** By trendKey. */
  trends?: Readonly<Record<string, Partial<Trend>>>;
  lang?: Lang;
  /** By cache key. */
  documents?: Readonly<Record<string, object>>;
  /** By listKey. */
  lists?: Readonly<Record<string, object>>;
  meta?: Partial<typeof META>;
  status?: Loaded['status'];
  /** As on our own pages. */
  linked?: boolean;
}

/** Attributes and a view of these figures. */
export function shownOf(
  widget: Widget,
  given: Readonly<Record<string, string>>,
  { statistics, trends = {}, lang = 'en', documents = {}, lists = {}, meta = {}, status, linked }: Example,
): Shown<string> {
  const all = statistics ? { global: { key: 'global', statistics }, ...documents } : documents;
  const loaded: Loaded = {
    ...NOTHING,
    meta: { ...META, ...meta },
    documents: all as Readonly<Record<string, Figures>>,
    trends: trends as Loaded['trends'],
    lists: lists as Loaded['lists'],
    ...(status && { status }),
  };
  const view = viewOf(loaded, lang, linked ? (path) => path : undefined);
  return { view, attributes: valuesOf(widget, (name) => given[name]) };
}

/** The HTML of a widget's body. */
export function bodyOf(widget: Widget, given: Readonly<Record<string, string>>, example: Example): string {
  return renderToString(h('div', null, widget.body(shownOf(widget, given, example))));
}
