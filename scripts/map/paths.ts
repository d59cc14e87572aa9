/** The shapes of provinces as SVG paths that lie side by side on one map. */
import { albers, areaOf, centreOf, type Point, type Ring } from './geometry.ts';
import { simplify } from './simplify.ts';

/** Of the map, in units of its own: half a pixel where it is largest. */
const HEIGHT = 2000;
/** So that the line around a province at the edge is seen whole. */
const MARGIN = 8;

/**
 * @param shapes by province: rings of `x y dx dy ...` in thousandths of a degree, as in province-shapes.json
 * @param leastArea a corner whose triangle is smaller is left out; in the square of the map's units
 */
export function provincePaths(shapes: Readonly<Record<string, readonly string[]>>, leastArea: number) {
  const projected = Object.entries(shapes).flatMap(([province, rings]) =>
    rings.map((ring) => ({ province, ring: decode(ring).map(albers) })),
  );
  const points = projected.flatMap(({ ring }) => ring);
  const [west, east] = ends(points.map(([x]) => x));
  const [north, south] = ends(points.map(([, y]) => y));
  const scale = (HEIGHT - 2 * MARGIN) / (south - north);
  const place = ([x, y]: Point): Point => [MARGIN + (x - west) * scale, MARGIN + (y - north) * scale];
  const rings = simplify(
    projected.map(({ ring }) => ring.map(place)),
    leastArea,
  ).map(rounded);
  const ringsOf = (province: string) => rings.filter((_, i) => projected[i]?.province === province);
  const provinces = Object.keys(shapes);
  return {
    source:
      'Made by scripts/province-paths.ts from src/geography/province-shapes.json, which names its source',
    width: Math.round(2 * MARGIN + (east - west) * scale),
    height: HEIGHT,
    /** Of the largest part of each province, where its name belongs. */
    centres: Object.fromEntries(
      provinces.map((province) => {
        const [largest = []] = ringsOf(province).toSorted((a, b) => areaOf(b) - areaOf(a));
        return [province, centreOf(largest).map(Math.round)];
      }),
    ),
    paths: Object.fromEntries(
      provinces.map((province) => [province, ringsOf(province).map(pathOf).join('')]),
    ),
  };
}

function decode(ring: string): Point[] {
  const differences = ring.split(' ').map(Number);
  let [x, y] = [0, 0];
  return Array.from({ length: differences.length / 2 }, (_, i): Point => {
    x += differences[2 * i] ?? 0;
    y += differences[2 * i + 1] ?? 0;
    return [x / 1000, y / 1000];
  });
}

/** In whole units, without points that have become the one before. */
function rounded(ring: Ring): Point[] {
  const points = ring.map(([x, y]): Point => [Math.round(x), Math.round(y)]);
  return points.filter((point, i) => `${point}` !== `${points.at(i - 1)}`);
}

/** `M100 200l3-4 5 6z`: relative, and without spaces that nobody needs. */
function pathOf(ring: Ring): string {
  let path = '';
  ring.forEach(([x, y], i) => {
    const [beforeX, beforeY] = ring[i - 1] ?? [0, 0];
    const pair = `${x - beforeX}${y < beforeY ? '' : ' '}${y - beforeY}`;
    path += i < 2 ? `${i === 0 ? 'M' : 'l'}${pair}` : `${x < beforeX ? '' : ' '}${pair}`;
  });
  return `${path}z`;
}

function ends(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted.at(0) ?? 0, sorted.at(-1) ?? 0];
}
