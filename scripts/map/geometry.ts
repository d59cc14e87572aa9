/** Points, rings, and the projection of the map. */

export type Point = readonly [number, number];
/** Closed; the first point is not repeated as the last one. */
export type Ring = readonly Point[];

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Albers' conic projection: a province is as large on the map as it is. Its two parallels are a sixth of Thailand from both ends. */
const [SOUTH, NORTH, MIDDLE] = [radians(8), radians(18), radians(101.5)];
const N = (Math.sin(SOUTH) + Math.sin(NORTH)) / 2;
const C = Math.cos(SOUTH) ** 2 + 2 * N * Math.sin(SOUTH);

/** @param point longitude and latitude in degrees; y grows to the south, as on a screen */
export function albers([longitude, latitude]: Point): Point {
  const radius = Math.sqrt(C - 2 * N * Math.sin(radians(latitude))) / N;
  const angle = N * (radians(longitude) - MIDDLE);
  return [radius * Math.sin(angle), radius * Math.cos(angle)];
}

export function areaOf(ring: Ring): number {
  return Math.abs(edges(ring).reduce((sum, [a, b]) => sum + cross(a, b), 0)) / 2;
}

/** Of its area, not of its points. */
export function centreOf(ring: Ring): Point {
  const all = edges(ring);
  const six = 3 * all.reduce((sum, [a, b]) => sum + cross(a, b), 0);
  const mean = (axis: 0 | 1) => all.reduce((sum, [a, b]) => sum + (a[axis] + b[axis]) * cross(a, b), 0) / six;
  return [mean(0), mean(1)];
}

function edges(ring: Ring): [Point, Point][] {
  return ring.map((point, i) => [point, ring[(i + 1) % ring.length] as Point]);
}

function cross([ax, ay]: Point, [bx, by]: Point): number {
  return ax * by - bx * ay;
}
