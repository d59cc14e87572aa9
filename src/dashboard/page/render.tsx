/** A page as the server sends it: whole, with its figures, readable without any script. */

import { renderToString } from 'preact-render-to-string';
import type { Handover } from '../data/handover.ts';
import { HANDOVER_ID } from '../data/handover.ts';
import { ServerElement } from '../server-element.tsx';
import type { Lang } from '../text/text.ts';
import { scopeTitle, type View, viewOf } from '../view.ts';
import { statsLive } from '../widgets/stats-live.tsx';
import type { Page } from './pages.ts';

/** Addresses of what the build made (build-assets.mjs). */
export interface AssetNames {
  pageCss: string;
  widgetsCss: string;
  pageScript: string;
  /** What the scripts import, so that the browser asks for all of it at once. */
  preload: readonly string[];
}

export interface RenderOptions {
  assets: AssetNames;
  handover: Handover;
  lang: Lang;
  path: string;
}

export function renderPage(page: Page, { assets, handover, lang, path }: RenderOptions): string {
  const view = viewOf(handover.loaded, lang, (to) => to);
  const title = page.section === 'overview' ? view.text.nav.overview : scopeTitle(view, page.scope);
  const tree = (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ${view.text.product}`}</title>
        <link rel="stylesheet" href={assets.pageCss} />
        <link rel="preload" as="style" href={assets.widgetsCss} />
        {assets.preload.map((href) => (
          <link rel="modulepreload" href={href} />
        ))}
        <script type="module" src={assets.pageScript} />
      </head>
      <body>
        <Header view={view} path={path} stylesheet={assets.widgetsCss} />
        <ServerElement widget={statsLive} given={{ banner: '' }} view={view} stylesheet={assets.widgetsCss} />
        {view.meta?.demo && (
          <p class="banner">
            <b>{view.text.demo.label}</b> {view.text.demo.text}
          </p>
        )}
        <main class="grid">
          <h1 class="unseen">{title}</h1>
          {page.widgets.map(({ widget, given, area }) => (
            <div class={area}>
              <ServerElement widget={widget} given={given} view={view} stylesheet={assets.widgetsCss} />
            </div>
          ))}
        </main>
        <HandoverElement handover={handover} />
      </body>
    </html>
  );
  return `<!doctype html>${renderToString(tree)}`;
}

/** A data block, which no browser runs; an escaped `<` keeps texts of the database from ending it. */
function HandoverElement({ handover }: { handover: Handover }) {
  const __html = JSON.stringify(handover).replaceAll('<', '\\u003c');
  return <script id={HANDOVER_ID} type="application/json" dangerouslySetInnerHTML={{ __html }} />;
}

const PAGES = { overview: '/', regions: '/regions', facilities: '/facilities', map: '/map' } as const;

function Header({ view, path, stylesheet }: { view: View; path: string; stylesheet: string }) {
  return (
    <header class="top">
      <a class="product" href="/">
        {view.text.product}
      </a>
      <nav>
        {Object.entries(PAGES).map(([section, href]) => (
          <a href={href} aria-current={href === path ? 'page' : undefined}>
            {view.text.nav[section as keyof typeof PAGES]}
          </a>
        ))}
      </nav>
      <ServerElement widget={statsLive} given={{}} view={view} stylesheet={stylesheet} />
      <p class="languages">
        <a href="?lang=th" lang="th" aria-current={view.lang === 'th' ? 'true' : undefined}>
          ไทย
        </a>
        <a href="?lang=en" lang="en" aria-current={view.lang === 'en' ? 'true' : undefined}>
          EN
        </a>
      </p>
    </header>
  );
}
