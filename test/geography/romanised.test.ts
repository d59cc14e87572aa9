/** Whatever the rules take for a spelling of one province is a spelling of no other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { provinceNamed } from '../../src/geography/find-province.ts';
import { plain, SPELLINGS } from '../../src/geography/province-names.ts';
import { PROVINCES } from '../../src/geography/provinces.ts';

const SEED = 20_261_127;

test('every text that fits the pattern of a name means the province of that name', () => {
  for (const { province, name, pattern } of SPELLINGS) {
    const spelled = fc.stringMatching(new RegExp(`^${pattern.replace(/\(\?<?![^)]*\)/g, '')}$`));
    const means = (text: string) => {
      expect(provinceNamed(text), `${text}, as ${name}`).toBe(province);
    };
    fc.assert(fc.property(spelled, means), { numRuns: 40, seed: SEED });
  }
});

/** How people change letters, also where the rules say nothing of it. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/ /, ''],
  [/ /, '-'],
  [/ch/, 'j'],
  [/tch/, 'ch'],
  [/ph/, 'p'],
  [/p(?!h)/, 'ph'],
  [/th/, 't'],
  [/th/, 'd'],
  [/kh/, 'k'],
  [/k(?!h)/, 'kh'],
  [/n\b/, 'l'],
  [/l/, 'n'],
  [/n(?=[ bcks])/, 'l'],
  [/t\b/, 'd'],
  [/p\b/, 'b'],
  [/b/, 'p'],
  [/w/, 'v'],
  [/a/, 'aa'],
  [/a/, 'u'],
  [/a(?=.+a)/, ''],
  [/u/, 'oo'],
  [/i/, 'ee'],
  [/ae/, 'e'],
  [/ia/, 'ai'],
  [/o(?=n)/, 'or'],
  [/([a-z])\1/, '$1'],
  [/([knmpst])(?=[aeiou])/, '$1$1'],
  [/r/, 'l'],
  [/(?<=.)h/, ''],
  [/\bsi/, 'sri'],
  [/$/, ', Thailand'],
  [/$/, ' Province'],
  [/ng/, 'g'],
];
/** Each place where a habit applies, once. */
const changed = (name: string) =>
  HABITS.flatMap(([from, to]) =>
    [...name.matchAll(new RegExp(from, 'g'))].map(
      ({ index }) => name.slice(0, index) + name.slice(index).replace(from, to),
    ),
  );

test('one or two habits of spelling never make another province of a name, and one is mostly understood', () => {
  let [once, understood] = [0, 0];
  for (const { thai, english } of PROVINCES) {
    for (const one of changed(english.toLowerCase())) {
      once++;
      if (provinceNamed(one) === thai) understood++;
      // Of two every fifth: all of them take five seconds.
      const twice = changed(one).filter((_, place) => place % 5 === 0);
      for (const two of [one, ...twice]) expect([thai, undefined], two).toContain(provinceNamed(two));
    }
  }
  expect(understood / once).toBeGreaterThan(0.7);
});

const THAI_HABITS = [
  'สศ',
  'สษ',
  'ศส',
  'ษส',
  'ณน',
  'นณ',
  'รล',
  'ลร',
  'ฏฎ',
  'ฎฏ',
  'ฎด',
  'ดต',
  'ธท',
  'ทธ',
  'ภพ',
  'พภ',
  'ฬล',
  'ใไ',
  'ิี',
  'ีิ',
  'ุู',
  'ูุ',
];

test('a Thai letter of the same sound, and a mark that is missing, never make another province of a name', () => {
  for (const { thai } of PROVINCES) {
    const letters = [...thai];
    const spellings = letters.flatMap((letter, place) => [
      ...THAI_HABITS.filter(([from]) => from === letter).map(([, to]) =>
        letters.with(place, to ?? '').join(''),
      ),
      ...(/[\u0e47-\u0e4c]/.test(letter) ? [letters.toSpliced(place, 1).join('')] : []),
    ]);
    for (const spelled of spellings) expect([thai, undefined], spelled).toContain(provinceNamed(spelled));
  }
});

test('no name is that of two provinces', () => {
  for (const { province, whole } of SPELLINGS)
    for (const other of SPELLINGS)
      expect(whole.test(plain(other.name)) && other.province !== province, `${other.name} ${whole}`).toBe(
        false,
      );
});
