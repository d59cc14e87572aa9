/** Above every page: where one is, which scope is shown, how live it is, language and colours. */
import { ServerElement } from '../server-element.tsx';
import { scopePath, type View } from '../view.ts';
import { statsLive } from '../widgets/stats-live.tsx';
import { Mark } from './mark.tsx';
import type { Setting } from './setting.ts';
import { nextTheme, THEMES, type Theme } from './theme.ts';
import { WORDS } from './words/words.ts';

const PAGES = { overview: '/', regions: '/regions', facilities: '/facilities', map: '/map' } as const;
const ICONS: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };
const LANGUAGES = [
  { lang: 'th', short: 'ไทย', name: 'ภาษาไทย' },
  { lang: 'en', short: 'EN', name: 'English' },
] as const;

export function Header({ view, assets, lang, theme, path, query }: Setting & { view: View }) {
  const words = WORDS[lang];
  return (
    <header class="top">
      <a class="product" href="/">
        <Mark />
        <span>{view.text.product}</span>
      </a>
      <nav aria-label={words.navigation}>
        {Object.entries(PAGES).map(([section, href]) => (
          <a class="tab" href={href} aria-current={current(href, path)}>
            {view.text.nav[section as keyof typeof PAGES]}
          </a>
        ))}
      </nav>
      <ScopeFilter view={view} path={path} />
      <ServerElement widget={statsLive} given={{}} view={view} stylesheet={assets.widgetsCss} />
      <p class="languages">
        {LANGUAGES.map((language) => (
          <a
            class="language"
            href={`?${query}lang=${language.lang}`}
            lang={language.lang}
            hreflang={language.lang}
            title={language.name}
            aria-current={lang === language.lang ? 'true' : undefined}
          >
            {language.short}
          </a>
        ))}
      </p>
      <ThemeLink theme={theme} lang={lang} query={query} />
      <Printed view={view} path={path} />
    </header>
  );
}

/** On paper, where no address and no navigation says it: which scope this is, and of when. */
function Printed({ view, path }: { view: View; path: string }) {
  const { confirmedAt } = view.status;
  const scope = view.meta?.scopes.find(({ key }) => scopePath(key) === path);
  return (
    <p class="printed">
      {scope && <b>{scope.title[view.lang]} · </b>}
      {confirmedAt && WORDS[view.lang].footer.asOf(view.format.dateTime(confirmedAt))}
    </p>
  );
}

/** The page itself, or the section that it is below. */
function current(href: string, path: string): 'page' | 'true' | undefined {
  if (href === path) return 'page';
  return href !== '/' && path.startsWith(`${href}/`) ? 'true' : undefined;
}

/** A link, which works without a script; the script changes colours without loading the page again. */
function ThemeLink({ theme, lang, query }: Pick<Setting, 'theme' | 'lang' | 'query'>) {
  return (
    <a class="theme" href={`?${query}theme=${nextTheme(theme)}`}>
      {THEMES.map((now) => {
        const label = WORDS[lang].theme(now, nextTheme(now));
        return (
          <span class={`when-${now}`} title={label}>
            <span aria-hidden="true">{ICONS[now]}</span>
            <span class="unseen">{label}</span>
          </span>
        );
      })}
    </a>
  );
}

/** More would make every page heavy; the pages of regions and of facility types have all of them. */
const MOST_OPTIONS = 100;

/** A form, which works without a script: it asks for `/scope?key=`, which leads to the page of that scope. */
function ScopeFilter({ view, path }: { view: View; path: string }) {
  if (!view.meta) return null;
  const { filter } = WORDS[view.lang];
  const isShown = (key: string) => scopePath(key) === path;
  const optionsOf = (kind: 'regional' | 'facility') =>
    view.meta?.scopes
      .filter(({ type }) => type === kind)
      .filter(({ key }, i) => i < MOST_OPTIONS || isShown(key));
  const groups = [
    { label: filter.regions, options: optionsOf('regional') },
    { label: filter.facilities, options: optionsOf('facility') },
  ];
  return (
    <form class="filter" action="/scope">
      <select name="key" aria-label={filter.label} autocomplete="off">
        <option value="global">{filter.everything}</option>
        {groups.map(({ label, options }) => (
          <optgroup label={label}>
            {options?.map(({ key, title }) => (
              <option value={key} selected={isShown(key)}>
                {title[view.lang]}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <button type="submit">{filter.go}</button>
    </form>
  );
}
