/** A widget as the server renders it: an element with its shadow root, so that figures are there before any script. */
import { h } from 'preact';
import { Frame } from './frame.tsx';
import type { View } from './view.ts';
import { valuesOf, type Widget } from './widget.ts';

/** @param stylesheet the address of the widgets' stylesheet: the page's CSP forbids styles within the page */
export function ServerElement({
  widget,
  given,
  view,
  stylesheet,
}: {
  widget: Widget;
  given: Readonly<Record<string, string>>;
  view: View;
  stylesheet: string;
}) {
  const own = (name: string) => given[name];
  const attributes = valuesOf(widget, own);
  return h(
    widget.tag,
    given,
    // Preact knows the attribute under its own name only.
    h('template', { shadowrootmode: 'open' } as object, [
      <link rel="stylesheet" href={stylesheet} />,
      <Frame widget={widget} attributes={attributes} view={view} given={own} />,
    ]),
  );
}
