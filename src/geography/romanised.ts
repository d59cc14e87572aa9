/**
 * One pattern for all transliterations of a Thai name. They differ by what is no difference in Thai (ph and p, ch and j, v and w),
 * by what falls together at the end of a syllable (n and l, d and t, b and p), by doubled letters, blanks and English vowels.
 *
 * What tells provinces apart is in no rule: r is never n (Phetchaburi, Phetchabun), ng is never n (Lampang, Lamphun).
 */

/** A part of a name in RTGS, and what may stand for it; the first that fits is taken. */
const RULES: readonly (readonly [part: string, variants: string])[] = [
  // The first half of a compound may lose its last vowel: Phetchaburi, Petchburi; Ratchasima, Rajsima.
  ['tcha(?: (?=b))?', 't?(?:ch|j)a?[ -]?'],
  ['a (?=b)', 'a?[ -]?'],
  ['p (?=b)', '[pb]?[ -]?'],
  [' ', '[ -]?'],
  [String.raw`\bs(?=[ia]\b)`, 'sr?'],
  ['tth', '(?:t{1,2}|d)h?'],
  ['th', '[td]h?'],
  ['ph', '(?:ph?|bh)'],
  ['kh', 'kh?'],
  ['ch', '(?:ch|j)'],
  ['ts', 't?s{1,2}'],
  ['ng', 'n?g'],
  ['(?<=[ao])n(?![aeiou])', 'r?[nl]'],
  ['n(?![aeioun])', '[nl]'],
  [String.raw`(?<=wa)t\b`, '[tds]'],
  [String.raw`t\b`, '[td]h?'],
  [String.raw`p\b`, '[pb]'],
  ...[...'kpt'].map((letter) => [`${letter}${letter}?`, `${letter}{1,2}h?`] as const),
  ...[...'lmns'].map((letter) => [`${letter}${letter}?`, `${letter}{1,2}`] as const),
  ['w', '[wv]'],
  ['aeo', 'a?e[ow]'],
  ['ae(?=ng)', '(?:ae?|e)'],
  ['ae', 'a?e'],
  ['aiy', 'a(?:iy?|y)'],
  ['ai', 'a[iy]'],
  ['ao', 'a(?:o|ow|w)'],
  ['ia', '(?:i[ae]|ai)'],
  ['oei', 'oe[iy]'],
  ['oe', '(?:oe|er|e)'],
  ['ue', '(?:ue?|eu|uo)'],
  ['a(?=m)', '[au]{1,2}'],
  ['a', 'a{1,2}'],
  ['i', '(?:i|ee)'],
  ['u', '(?:u|oo)'],
];
const PARTS = new RegExp(RULES.map(([part]) => `(${part})`).join('|'), 'g');

/** @param name in RTGS or as people write it, in lower case */
export function romanised(name: string): string {
  const variants = name
    .replace(/(?<=[a-z])(?=bu(?:ri|n)$)/, ' ')
    .replace(PARTS, (part, ...groups) => RULES[groups.indexOf(part)]?.[1] ?? part);
  return `(?<![a-z])${variants}(?![a-z])`;
}
