import { expect, test } from 'vitest';
import data from '../../../src/dashboard/map/province-paths.json' with { type: 'json' };
import { PROVINCE_NAMES } from '../../../src/geography/provinces.ts';

const paths: Readonly<Record<string, string>> = data.paths;

type Point = readonly [number, number];
type Ring = readonly Point[];

/** The rings of a path of whole numbers: M, l and z only. */
function ringsOf(path: string): Ring[] {
  return path.split('z').flatMap((part) => {
    if (part === '') return [];
    const numbers = (part.match(/-?\d+/g) ?? []).map(Number);
    let [x, y] = [0, 0];
    return [
      Array.from({ length: numbers.length / 2 }, (_, i): Point => {
        x += numbers[2 * i] ?? 0;
        y += numbers[2 * i + 1] ?? 0;
        return [x, y];
      }),
    ];
  });
}

const edgesOf = (path = '') =>
  ringsOf(path).flatMap((ring) =>
    ring.map((point, i) => [point, ring.at(i - 1)].map(String).toSorted().join()),
  );

test('the map has a path and a centre of each province, and its paths are whole numbers within it', () => {
  expect(Object.keys(paths)).toEqual(PROVINCE_NAMES);
  expect(Object.keys(data.centres)).toEqual(PROVINCE_NAMES);
  for (const [x, y] of Object.values(paths).flatMap((path) => ringsOf(path).flat())) {
    expect(x >= 0 && x <= data.width && y >= 0 && y <= data.height, `${x} ${y}`).toBe(true);
  }
});

test('no gap is between two provinces: those that have neighbours all around have all their lines in common with them', () => {
  const edges = Object.values(paths).flatMap(edgesOf);
  const twice = new Set(edges.toSorted().filter((edge, i, sorted) => edge === sorted[i + 1]));
  const inland = PROVINCE_NAMES.filter((name) => edgesOf(paths[name]).every((edge) => twice.has(edge)));
  expect(inland).toHaveLength(31);
});

test('Phuket, Samui and Chang are on the map', () => {
  const parts = (name: string) => ringsOf(paths[name] ?? '').length;
  expect([parts('ภูเก็ต'), parts('สุราษฎร์ธานี') > 1, parts('ตราด') > 1]).toEqual([1, true, true]);
});
