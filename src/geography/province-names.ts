/**
 * How people write the provinces: in Thai and English, shortened, romanised this way or that. One pattern finds all of
 * them in a text that `plain` has gone over.
 */
import { PROVINCES } from './provinces.ts';

interface Spelling {
  province: string;
  short: boolean;
  name: string;
  pattern: string;
  whole: RegExp;
}

const SPELLINGS: readonly Spelling[] = PROVINCES.flatMap(
  ({ thai, english, otherNames = [], shortNames = [] }) => [
    ...[thai, english, ...otherNames].map((name) => spelling(thai, name, false)),
    ...shortNames.map((name) => spelling(thai, name, true)),
  ],
).sort((a, b) => b.pattern.length - a.pattern.length);

/** Most names are written as they stand here, and need no search. */
const AS_WRITTEN = new Map(SPELLINGS.map((known) => [known.name, known]));

const ANY_NAME = new RegExp(SPELLINGS.map(({ pattern }) => pattern).join('|'), 'g');

export interface NameInText {
  /** Thai name. */
  province: string;
  short: boolean;
  start: number;
  end: number;
}

/** Every place where a province's name is written, also inside of other words. `text` has gone through `plain`. */
export function provinceNames(text: string): NameInText[] {
  return [...text.matchAll(ANY_NAME)].flatMap(({ 0: written, index: start }) => {
    const found = AS_WRITTEN.get(written) ?? SPELLINGS.find(({ whole }) => whole.test(written));
    return found
      ? [{ province: found.province, short: found.short, start, end: start + written.length }]
      : [];
  });
}

/**
 * The text with one way to write each letter: NFC, lower case, plain spaces, ำ in one piece and แ instead of two เ,
 * as keyboards and PDF files leave them otherwise.
 */
export function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/\u0e4d([\u0e48-\u0e4b]?)\u0e32/g, '$1\u0e33')
    .replace(/([\u0e48-\u0e4b])\u0e4d\u0e32/g, '$1\u0e33')
    .replace(/\u0e40\u0e40/g, '\u0e41')
    .toLowerCase()
    .trim();
}

function spelling(province: string, name: string, short: boolean): Spelling {
  const pattern = /[a-z]/i.test(name) ? romanised(name) : name.replaceAll(' ', ' ?');
  return { province, short, name: name.toLowerCase(), pattern, whole: new RegExp(`^${pattern}$`) };
}

/** Also in one word or with hyphens, with or without the h of ph, th and kh, and with English vowels. */
function romanised(name: string): string {
  const pattern = name
    .toLowerCase()
    .replace(/(?<=[a-z])buri/, ' buri')
    .replace(/\bsi\b/, 'sr?i')
    .replace(/hon\b/g, 'hor?n')
    .replace(/tth/g, 't?th')
    .replace(/(?<=[ptk])h/g, 'h?')
    .replaceAll(' ', '[ -]?');
  return `(?<![a-z])${pattern}(?![a-z])`;
}
