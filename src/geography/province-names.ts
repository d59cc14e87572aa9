/**
 * How people write the provinces: in Thai and English, shortened, romanised this way or that. One pattern finds all of
 * them in a text that `plain` has gone over.
 */
import { PROVINCES } from './provinces.ts';
import { romanised } from './romanised.ts';

export interface Spelling {
  province: string;
  /** short: it needs a word beside it. city: it names a province where nothing but a province is expected. */
  kind: 'full' | 'short' | 'city';
  name: string;
  pattern: string;
  whole: RegExp;
}

/** Letters of one sound, which people take for each other. */
const SAME_SOUND = ['ศษส', 'นณ', 'ดฎ', 'ตฏ', 'ทธฑฒ', 'ถฐ', 'พภ', 'ลฬ', 'คฆ', 'ใไ'];

export const SPELLINGS: readonly Spelling[] = PROVINCES.flatMap(
  ({ thai, english, otherNames = [], shortNames = [], cities = [] }) => [
    ...[thai, english, ...otherNames].map((name) => spelling(thai, name, 'full')),
    ...shortNames.map((name) => spelling(thai, name, 'short')),
    ...cities.map((name) => spelling(thai, name, 'city')),
  ],
).sort((a, b) => b.name.length - a.name.length);

/** Most names are written as they stand here, and need no search. */
const AS_WRITTEN = new Map(SPELLINGS.map((known) => [known.name, known]));
const OF_PROVINCES = SPELLINGS.filter(({ kind }) => kind !== 'city');
const ANY_PROVINCE = anyOf(OF_PROVINCES);
const ANY_NAME = anyOf(SPELLINGS);

function anyOf(spellings: readonly Spelling[]): RegExp {
  return new RegExp(spellings.map(({ pattern }) => pattern).join('|'), 'g');
}

export interface NameInText {
  /** Thai name. */
  province: string;
  short: boolean;
  start: number;
  end: number;
}

/**
 * Every place where a province's name is written, also inside of other words. `text` has gone through `plain`.
 *
 * @param cities also names of cities that stand for their province; default false
 */
export function provinceNames(text: string, cities = false): NameInText[] {
  return [...text.matchAll(cities ? ANY_NAME : ANY_PROVINCE)].flatMap(({ 0: written, index: start }) => {
    const found =
      AS_WRITTEN.get(written) ?? (cities ? SPELLINGS : OF_PROVINCES).find(({ whole }) => whole.test(written));
    return found
      ? [{ province: found.province, short: found.kind === 'short', start, end: start + written.length }]
      : [];
  });
}

/**
 * The text with one way to write each letter: NFC, lower case, plain spaces, Arabic digits, ำ in one piece and แ instead of
 * two เ, as keyboards and PDF files leave them otherwise.
 */
export function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50))
    .replace(/\u0e4d([\u0e48-\u0e4b]?)\u0e32/g, '$1\u0e33')
    .replace(/([\u0e48-\u0e4b])\u0e4d\u0e32/g, '$1\u0e33')
    .replace(/\u0e40\u0e40/g, '\u0e41')
    .toLowerCase()
    .trim();
}

function spelling(province: string, name: string, kind: Spelling['kind']): Spelling {
  const written = plain(name);
  const pattern = /[a-z]/.test(written) ? romanised(written) : inThai(written);
  return { province, kind, name: written, pattern, whole: new RegExp(`^${pattern}$`) };
}

/** Tone marks, ็ and the ์ of a mute letter may be missing. */
function inThai(name: string): string {
  return [...name]
    .map((letter) => {
      if (letter === ' ' || /[\u0e47-\u0e4c]/.test(letter)) return `${letter}?`;
      const letters = SAME_SOUND.find((sound) => sound.includes(letter));
      return letters ? `[${letters}]` : letter;
    })
    .join('');
}
