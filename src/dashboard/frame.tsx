/** What stands around every widget: heading, note, the menu with the table behind the chart, and the mark of stale figures. */
import { useState } from 'preact/hooks';
import { GLOBAL_KEY } from '../stats/keys.ts';
import { faultOf } from './fault.ts';
import { Menu } from './menu.tsx';
import { fileName, RowsTable, save } from './rows.tsx';
import { scopeTitle } from './view.ts';
import type { Given, Shown, Widget } from './widget.ts';

export interface FrameProps extends Shown<string> {
  widget: Widget;
  given: Given;
}

export function Frame({ widget, given, ...shown }: FrameProps) {
  const [asTable, setAsTable] = useState(false);
  const { view } = shown;
  const { state } = view.status;
  const frame = widget.frame ?? 'card';
  if (frame === 'none') return <>{widget.body(shown)}</>;
  const own = given('heading');
  const heading = own || widget.heading(shown);
  const title = own || heading + scopeWords(shown);
  const stale = state === 'stale' || state === 'reconnecting';
  const message = messageOf(widget, given, shown);
  // Made when they are asked for: there may be a thousand.
  const rows = asTable ? widget.rows?.(shown) : undefined;
  const saveAs = (format: 'csv' | 'json') => {
    const saved = widget.rows?.(shown);
    if (saved) save(fileName(shown, heading), saved, format);
  };
  return (
    <section class={`${frame}${stale ? ' stale' : ''}`} part={frame}>
      <header>
        <h2 part="heading">{title}</h2>
        {widget.note && <p class="note">{widget.note(shown)}</p>}
        {widget.control?.(shown)}
        {widget.rows && frame === 'card' && (
          <Menu
            label={`${view.text.menu.label}: ${title}`}
            choices={[
              {
                title: asTable ? view.text.menu.chart : view.text.menu.table,
                onChoose: () => setAsTable(!asTable),
              },
              { title: view.text.menu.csv, onChoose: () => saveAs('csv') },
              { title: view.text.menu.json, onChoose: () => saveAs('json') },
            ]}
          />
        )}
      </header>
      {message ? (
        <p class="message">{message}</p>
      ) : rows ? (
        <RowsTable rows={rows} view={view} />
      ) : (
        widget.body(shown)
      )}
    </section>
  );
}

/** A page of somebody else does not say which region or facility type the figures are about. */
function scopeWords({ view, attributes: { scope = GLOBAL_KEY } }: Shown<string>): string {
  return view.link || scope === GLOBAL_KEY ? '' : ` · ${scopeTitle(view, scope)}`;
}

/** Why there will be nothing to show; empty where there is or may come something. */
function messageOf(widget: Widget, given: Given, { view, attributes }: Shown<string>): string {
  const fault = faultOf(widget, given, view);
  if (fault) return view.text.unknownValue(fault.attribute, fault.value, fault.nearest);
  const { keys } = widget.needs(attributes, view);
  const isKnown = (key: string) =>
    !view.meta || key in view.documents || view.meta.scopes.some((scope) => scope.key === key);
  const unknown = keys === 'all' ? undefined : keys.find((key) => !isKnown(key));
  if (unknown !== undefined) return `${view.text.unknownScope} (${unknown})`;
  const nothing = Object.keys(view.documents).length === 0;
  return view.status.state === 'refused' && nothing ? view.text.live.refused : '';
}
