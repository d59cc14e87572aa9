/** The link of colours in the header changes them at once; without this script it loads the page again. */
import { nextTheme, THEME_COOKIE, type Theme } from './theme.ts';

const ONE_YEAR_SECONDS = 31_536_000;

export function rememberTheme(): void {
  const link = document.querySelector<HTMLAnchorElement>('a.theme');
  link?.addEventListener('click', (event) => {
    event.preventDefault();
    const { dataset } = document.documentElement;
    const theme = nextTheme(dataset['theme'] as Theme);
    dataset['theme'] = theme;
    // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is not there on plain http.
    document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=${ONE_YEAR_SECONDS}; samesite=lax`;
  });
}
