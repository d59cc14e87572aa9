/** Numbers, units and days in one language. Latin digits in both; in Thai the years are those of the Buddhist era. */
import type { Lang } from './text/text.ts';

export interface Format {
  /** `1,000`, `32.9`: at most `digits` decimals (default 1), at least `least` (default 0). */
  number(value: number, digits?: number, least?: number): string;
  /** `+12`, `−3`, `0`. */
  change(value: number, digits?: number): string;
  /** `9.0 %`: one decimal, so that percentages stand in line and do not jump. */
  percent(value: number): string;
  /**
   * A quantity with the unit that suits its size: 437,900 kW are `437.9` and `MW`. Other units are as they are.
   * What was divided, and percentages, have one decimal, or none where it is 0 and `least` is 0 (default 1).
   */
  quantity(value: number, unit: string, least?: 0 | 1): { value: string; unit: string };
  /** The quantity in one piece: `437.9 MW`, `1,000`. */
  text(value: number, unit: string): string;
  /** `YYYY-MM-DD` as `27 Nov 2026`, `27 พ.ย. 2569`. */
  day(day: string): string;
  /** `27`. */
  dayOfMonth(day: string): string;
  /** `27 Nov`. */
  shortDay(day: string): string;
  /** `YYYY-MM` as `Nov`. */
  month(month: string): string;
  /** `November 2026` */
  longMonth(month: string): string;
  /** An instant as `10:42:33`, in the time zone of the statistics. */
  time(instant: string): string;
  /** The local day of an instant, as `YYYY-MM-DD` in every language. */
  isoDay(instant: string): string;
  /** `27 November 2026 at 10:42:33 GMT+7`: an instant with its day and the time zone of the statistics. */
  dateTime(instant: string): string;
}

const LOCALES: Readonly<Record<Lang, string>> = { en: 'en-GB', th: 'th-TH-u-ca-buddhist-nu-latn' };
/** Units that grow: from so much on, divided by so much, called so. The largest that fits is taken. */
const LARGER: Readonly<Record<string, readonly { from: number; en: string; th: string }[]>> = {
  kW: [
    { from: 1e6, en: 'GW', th: 'GW' },
    { from: 1e3, en: 'MW', th: 'MW' },
  ],
  THB: [
    { from: 1e9, en: 'billion THB', th: 'พันล้านบาท' },
    { from: 1e6, en: 'million THB', th: 'ล้านบาท' },
  ],
};
/** Units that are said by the figure's title already. */
const COUNTED = new Set(['projects', 'events', 'changes', 'modules', 'inverters', 'count', '']);
const UNITS: Readonly<Record<string, string>> = { THB: 'บาท' };

const formats = new Map<string, Format>();

/** The same for the same language and zone: to make formats of Intl takes longer than to use them, and each render asks for one. */
export function formatIn(lang: Lang, timeZone: string): Format {
  const name = `${lang} ${timeZone}`;
  const known = formats.get(name) ?? newFormat(lang, timeZone);
  formats.set(name, known);
  return known;
}

function newFormat(lang: Lang, timeZone: string): Format {
  const locale = LOCALES[lang];
  const numbers = new Map<string, Intl.NumberFormat>();
  const numberFormat = (options: Intl.NumberFormatOptions) => {
    const name = Object.values(options).join(' ');
    const known = numbers.get(name) ?? new Intl.NumberFormat(locale, options);
    numbers.set(name, known);
    return known;
  };
  const dates = (options: Intl.DateTimeFormatOptions, zone = 'UTC') => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    return (text: string) => format.format(new Date(text));
  };
  const number = (value: number, digits = 1, least = 0) =>
    numberFormat({ maximumFractionDigits: digits, minimumFractionDigits: least }).format(value);
  const change = (value: number, digits = 1) =>
    numberFormat({ maximumFractionDigits: digits, signDisplay: 'exceptZero' })
      .format(value)
      .replace('-', '−');
  const quantity = (value: number, unit: string, least: 0 | 1 = 1) => {
    if (COUNTED.has(unit)) return { value: number(value, 0), unit: '' };
    const larger = LARGER[unit]?.find(({ from }) => Math.abs(value) >= from);
    if (larger) return { value: number(value / larger.from, 1, least), unit: larger[lang] };
    if (unit === '%') return { value: number(value, 1, least), unit };
    return { value: number(value), unit: (lang === 'th' && UNITS[unit]) || unit };
  };
  const day = dates({ day: 'numeric', month: 'short', year: 'numeric' });
  const month = dates({ month: 'short' });
  const longMonth = dates({ month: 'long', year: 'numeric' });
  const dayAndTime = dates({ dateStyle: 'long', timeStyle: 'medium' }, timeZone);
  // By itself: with it, Thai has words between hours, minutes and seconds.
  const zoneParts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' });
  const zone = (instant: string) =>
    zoneParts.formatToParts(new Date(instant)).find(({ type }) => type === 'timeZoneName')?.value;
  return {
    number,
    change,
    percent: (value) => `${number(value, 1, 1)} %`,
    quantity,
    text: (value, unit) => Object.values(quantity(value, unit)).filter(Boolean).join(' '),
    day,
    dayOfMonth: (text) => String(Number(text.slice(8, 10))),
    shortDay: dates({ day: 'numeric', month: 'short' }),
    month: (text) => month(`${text}-01`),
    longMonth: (text) => longMonth(`${text}-01`),
    time: dates({ hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }, timeZone),
    // Swedish dates are those of ISO 8601.
    isoDay: (instant) => new Date(instant).toLocaleDateString('sv-SE', { timeZone }),
    dateTime: (instant) => `${dayAndTime(instant)} ${zone(instant)}`,
  };
}
