/** A page as the server sends it: whole, with its figures, readable without any script. */
import type { Handover } from '../data/handover.ts';
import { ServerElement } from '../server-element.tsx';
import { viewOf } from '../view.ts';
import { statsMap } from '../widgets/stats-map.tsx';
import { renderDocument } from './document.tsx';
import { HandoverElement } from './handover-element.tsx';
import type { Page } from './pages.ts';
import type { Setting } from './setting.ts';
import { Title, titleOf } from './title.tsx';

export function renderPage(page: Page, handover: Handover, setting: Setting): string {
  const view = viewOf(handover.loaded, setting.lang, (to) => to);
  const hasMap = page.widgets.some(({ widget }) => widget === statsMap);
  const preload = [...setting.assets.preload, ...(hasMap ? [setting.assets.map] : [])];
  return renderDocument({
    ...setting,
    assets: { ...setting.assets, preload },
    title: titleOf(page, view),
    view,
    class: 'grid',
    children: (
      <>
        <Title page={page} view={view} />
        {page.widgets.map(({ widget, given, area }) => (
          <div class={area}>
            <ServerElement widget={widget} given={given} view={view} stylesheet={setting.assets.widgetsCss} />
          </div>
        ))}
        <HandoverElement handover={handover} />
      </>
    ),
  });
}
