/** The document around every page: head, header, navigation, footer. */
import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { ServerElement } from '../server-element.tsx';
import type { View } from '../view.ts';
import { statsLive } from '../widgets/stats-live.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import type { Setting } from './setting.ts';
import { WORDS } from './words/words.ts';

interface DocumentProps extends Setting {
  title: string;
  description?: string;
  /** Words, names of scopes and the state; without any figure where a page has none. */
  view: View;
  /** Of the page's main element; default: none. */
  class?: string;
  /** Loads the page again after so many seconds. */
  retrySeconds?: number;
  children: ComponentChildren;
}

/** @returns the HTML */
export function renderDocument(props: DocumentProps): string {
  const { assets, lang, theme, view, title, retrySeconds } = props;
  const words = WORDS[lang];
  const fonts = lang === 'th' ? [assets.fonts.thai, assets.fonts.latin] : [assets.fonts.latin];
  const tree = (
    <html lang={lang} dir="ltr" data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ${view.text.product}`}</title>
        <meta name="description" content={props.description ?? words.description} />
        <meta name="color-scheme" content={theme === 'system' ? 'light dark' : theme} />
        {retrySeconds && <meta http-equiv="refresh" content={String(retrySeconds)} />}
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={assets.pageCss} />
        <link rel="preload" as="style" href={assets.widgetsCss} />
        {fonts.map((href) => (
          <link rel="preload" as="font" type="font/woff2" href={href} crossorigin="anonymous" />
        ))}
        {assets.preload.map((href) => (
          <link rel="modulepreload" href={href} />
        ))}
        <script type="module" src={assets.pageScript} />
      </head>
      <body>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <Header {...props} />
        <ServerElement widget={statsLive} given={{ banner: '' }} view={view} stylesheet={assets.widgetsCss} />
        {view.meta?.demo && (
          <aside class="banner" aria-label={view.text.demo.label}>
            <b>{view.text.demo.label}</b> {view.text.demo.text}
          </aside>
        )}
        <main id="main" class={props.class}>
          {props.children}
        </main>
        <Footer view={view} lang={lang} />
      </body>
    </html>
  );
  return `<!doctype html>${renderToString(tree)}`;
}
