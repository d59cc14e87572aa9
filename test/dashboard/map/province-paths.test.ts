import { expect, test } from 'vitest';
import { areaOf, type Point, type Ring } from '../../../scripts/map/geometry.ts';
import { provincePaths } from '../../../scripts/map/paths.ts';
import data from '../../../src/dashboard/map/province-paths.json' with { type: 'json' };
import shapes from '../../../src/geography/province-shapes.json' with { type: 'json' };
import { PROVINCE_NAMES } from '../../../src/geography/provinces.ts';

const paths: Readonly<Record<string, string>> = data.paths;
const exact = provincePaths(shapes.shapes, 0).paths;

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
const area = (path = '') => ringsOf(path).reduce((sum, ring) => sum + areaOf(ring), 0);

test('the map has a path and a centre of each province, and its paths are whole numbers within it', () => {
  expect(Object.keys(paths)).toEqual(PROVINCE_NAMES);
  expect(Object.keys(data.centres)).toEqual(PROVINCE_NAMES);
  for (const [x, y] of Object.values(paths).flatMap((path) => ringsOf(path).flat())) {
    expect(x >= 0 && x <= data.width && y >= 0 && y <= data.height, `${x} ${y}`).toBe(true);
  }
});

test('each province is as large on the map as its exact shape', () => {
  for (const name of PROVINCE_NAMES) expect(area(paths[name]) / area(exact[name]), name).toBeCloseTo(1, 1);
  const all = (of: Readonly<Record<string, string>>) =>
    Object.values(of).reduce((sum, path) => sum + area(path), 0);
  expect(all(paths) / all(exact)).toBeCloseTo(1, 2);
});

test('no gap is between two provinces: a province that has neighbours all around has all its lines in common with them', () => {
  const inland = (of: Readonly<Record<string, string>>) => {
    const edges = Object.values(of).flatMap(edgesOf);
    const twice = new Set(edges.toSorted().filter((edge, i, sorted) => edge === sorted[i + 1]));
    return PROVINCE_NAMES.filter((name) => edgesOf(of[name]).every((edge) => twice.has(edge)));
  };
  expect(inland(paths).length).toBeGreaterThan(20);
  expect(inland(paths)).toEqual(inland(exact));
});

test('Phuket, Samui and Chang are on the map', () => {
  const parts = (name: string) => ringsOf(paths[name] ?? '').length;
  expect([parts('ภูเก็ต'), parts('สุราษฎร์ธานี') > 1, parts('ตราด') > 1]).toEqual([1, true, true]);
});
