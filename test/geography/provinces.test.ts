import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROVINCE_NAMES, PROVINCES } from '../../src/geography/provinces.ts';

test('the Thai names are, byte for byte, those of an independent list', () => {
  // kongvut/thai-province-data, formats/csv/provinces.csv at 67a9ea8: its names sorted, joined by newlines.
  const digest = createHash('sha256').update(PROVINCE_NAMES.toSorted().join('\n')).digest('hex');
  expect(digest).toBe('17e85275a0a99d3ef158c5c8a0d10350ce5aeb2f4d216e96af072540bfa15c0d');
});

test('every province that the guide lists in a region is among them', () => {
  const seed = readFileSync(new URL('../../sql/008_seed_2_1.sql', import.meta.url), 'utf8');
  const listed = [...seed.matchAll(/"([\u0e00-\u0e7f]+)"/g)].map((match) => match[1]);
  expect(new Set(listed).size).toBe(13);
  expect(PROVINCE_NAMES).toEqual(expect.arrayContaining(listed));
});

test('every province lies in Thailand, and no two share a place or an English name', () => {
  for (const { latitude, longitude, thai } of PROVINCES) {
    expect(latitude > 5.6 && latitude < 20.5 && longitude > 97.3 && longitude < 105.7, thai).toBe(true);
  }
  expect(new Set(PROVINCES.map(({ latitude, longitude }) => `${latitude} ${longitude}`)).size).toBe(77);
  expect(new Set(PROVINCES.map(({ english }) => english)).size).toBe(77);
});
