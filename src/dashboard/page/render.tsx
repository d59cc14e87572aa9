/** A page as the server sends it: whole, with its figures, readable without any script. */
import { HANDOVER_ID, type Handover } from '../data/handover.ts';
import { ServerElement } from '../server-element.tsx';
import { scopeTitle, viewOf } from '../view.ts';
import { renderDocument } from './document.tsx';
import type { Page } from './pages.ts';
import type { Setting } from './setting.ts';

export function renderPage(page: Page, handover: Handover, setting: Setting): string {
  const view = viewOf(handover.loaded, setting.lang, (to) => to);
  const title = page.section === 'overview' ? view.text.nav.overview : scopeTitle(view, page.scope);
  return renderDocument({
    ...setting,
    title,
    view,
    class: 'grid',
    children: (
      <>
        <h1 class="unseen">{title}</h1>
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

/** A data block, which no browser runs; an escaped `<` keeps texts of the database from ending it. */
function HandoverElement({ handover }: { handover: Handover }) {
  const __html = JSON.stringify(handover).replaceAll('<', '\\u003c');
  return <script id={HANDOVER_ID} type="application/json" dangerouslySetInnerHTML={{ __html }} />;
}
