import { expect, test } from 'vitest';
import { acceptedLang } from '../../../src/http/pages/preferences.ts';

test.each([
  ['th-TH,th;q=0.9,en;q=0.8', 'th'],
  ['en-US', 'en'],
  ['de, en;q=0.4, th;q=0.5', 'th'],
  ['EN', 'en'],
  ['de', undefined],
  ['th;q=0', undefined],
  ['*', undefined],
  [';;q=,', undefined],
  [undefined, undefined],
])('of Accept-Language %j the page takes %s', (header, lang) => {
  expect(acceptedLang(header)).toBe(lang);
});
