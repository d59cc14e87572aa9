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
}

/** Attributes and a view of these figures. */
export function shownOf(
  widget: Widget,
  given: Readonly<Record<string, string>>,
  { statistics, trends = {}, lang = 'en' }: Example,
): Shown<string> {
  const documents = statistics ? { global: { key: 'global', statistics } as unknown as Figures } : {};
  const loaded = { ...NOTHING, meta: META, documents, trends: trends as Loaded['trends'] };
  return { view: viewOf(loaded, lang), attributes: valuesOf(widget, (name) => given[name]) };
}

/** The HTML of a widget's body. */
export function bodyOf(widget: Widget, given: Readonly<Record<string, string>>, example: Example): string {
  return renderToString(h('div', null, widget.body(shownOf(widget, given, example))));
}
