import type { Lang } from '../text/text.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `3 min. ago`, `in 4 min.`: an instant as seen from another one. */
export function relativeIn(lang: Lang): (instant: string, now: string) => string {
  const format = new Intl.RelativeTimeFormat(`${lang}-u-nu-latn`, { style: 'short' });
  return (instant, now) => {
    const seconds = Math.round((Date.parse(instant) - Date.parse(now)) / 1000);
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[3];
    // Now is `0 sec. ago`, not `in 0 sec.`.
    return format.format(Math.trunc(seconds / size) || -0, unit);
  };
}
