/** Light or dark: how the choice is named, and under which names choices are saved. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'stats-theme';
export const LANG_COOKIE = 'stats-lang';

/** What the button in the header goes on to. */
export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
}
