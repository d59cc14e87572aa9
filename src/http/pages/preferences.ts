/** In which language and which colours somebody wants a page: as the address asks, as saved before, as the browser says. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { LANG_COOKIE, THEME_COOKIE, THEMES, type Theme } from '../../dashboard/page/theme.ts';
import { type Lang, TEXTS } from '../../dashboard/text/text.ts';

export interface Preferences {
  lang: Lang;
  theme: Theme;
}

const ONE_YEAR_SECONDS = 31_536_000;
const LANGS = Object.keys(TEXTS) as Lang[];
const SAVED = { path: '/', maxAge: ONE_YEAR_SECONDS, sameSite: 'Lax' } as const;

/** Saves what the address asks for, `?lang=en`, `?theme=dark`, so that the next page needs no address to say it. */
export function preferencesOf(c: Context, timeZone: string): Preferences {
  const [lang, theme] = [oneOf(LANGS, c.req.query('lang')), oneOf(THEMES, c.req.query('theme'))];
  if (lang) setCookie(c, LANG_COOKIE, lang, SAVED);
  if (theme) setCookie(c, THEME_COOKIE, theme, SAVED);
  return {
    lang:
      lang ??
      oneOf(LANGS, getCookie(c, LANG_COOKIE)) ??
      acceptedLang(c.req.header('Accept-Language')) ??
      (timeZone === 'Asia/Bangkok' ? 'th' : 'en'),
    theme: theme ?? oneOf(THEMES, getCookie(c, THEME_COOKIE)) ?? 'system',
  };
}

/** The first of our languages in the order of weights (RFC 9110 section 12.5.4); `th-TH` is `th`. */
export function acceptedLang(header = ''): Lang | undefined {
  const ranges = header.split(',').map((range) => {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { lang: oneOf(LANGS, tag.toLowerCase().split('-')[0]), weight: Number(weight ?? 1) };
  });
  const ours = ranges.filter(({ lang, weight }) => lang && weight > 0);
  return ours.toSorted((a, b) => b.weight - a.weight)[0]?.lang;
}

function oneOf<T extends string>(all: readonly T[], value: string | undefined): T | undefined {
  return all.find((one) => one === value);
}
