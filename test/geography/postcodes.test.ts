import { expect, test } from 'vitest';
import { provinceOfPostcode } from '../../src/geography/postcodes.ts';
import { PROVINCES } from '../../src/geography/provinces.ts';

test.each([
  ['55120', 'น่าน'],
  ['10200', 'กรุงเทพมหานคร'],
  ['10270', 'สมุทรปราการ'],
  ['10540', 'สมุทรปราการ'],
  ['10530', 'กรุงเทพมหานคร'],
  ['70190', undefined],
  ['19000', undefined],
  ['99999', undefined],
])('the postal code %s means %s', (code, province) => {
  expect(provinceOfPostcode(code)).toBe(province);
});

test('every province has codes of its own', () => {
  const codes = PROVINCES.map(({ postcode }) => (postcode.length === 2 ? `${postcode}999` : '10130'));
  expect(codes.map(provinceOfPostcode)).toEqual(PROVINCES.map(({ thai }) => thai));
});
