/** In which province a point lies, by the provinces' shapes (province-shapes.json names source and licence). */
import data from './province-shapes.json' with { type: 'json' };

/** Points as x, y, x, y ... in thousandths of a degree. A province is the inside of all its rings, holes left out. */
interface Shape {
  province: string;
  rings: Int32Array[];
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Read at the first use: it took 30 ms of each start. */
let shapes: readonly Shape[] | undefined;

function readShapes(): readonly Shape[] {
  return Object.entries(data.shapes).map(([province, encoded]) => {
    const rings = encoded.map(decode);
    const xs = rings.flatMap((ring) => [...ring.filter((_, index) => index % 2 === 0)]);
    const ys = rings.flatMap((ring) => [...ring.filter((_, index) => index % 2 === 1)]);
    const [west, east] = [Math.min(...xs), Math.max(...xs)];
    const [south, north] = [Math.min(...ys), Math.max(...ys)];
    return { province, rings, west, south, east, north };
  });
}

/** How far the shapes may be off, in thousandths of a degree (330 m each three): within it a border decides nothing. */
const TOLERANCE = 30;
const DIRECTIONS = [0, 45, 90, 135, 180, 225, 270, 315].map((degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return { dx: TOLERANCE * Math.cos(angle), dy: TOLERANCE * Math.sin(angle) };
});

export interface PlaceByShape {
  province: string;
  /** Another province, the sea or another country is within about three kilometres, the accuracy of the shapes. */
  nearBorder: boolean;
}

/**
 * The province (Thai name) at a point in WGS 84, in degrees. A point outside of every shape, on the shore or on a
 * border river, belongs to the one province that is within three kilometres; where there are two, to none.
 */
export function provinceAt(latitude: number, longitude: number): PlaceByShape | undefined {
  const [x, y] = [longitude * 1000, latitude * 1000];
  const around = DIRECTIONS.map(({ dx, dy }) => shapeAt(x + dx, y + dy));
  const here = shapeAt(x, y);
  if (here !== undefined) return { province: here, nearBorder: around.some((province) => province !== here) };
  const [nearest, ...others] = new Set(around.filter((province) => province !== undefined));
  return nearest === undefined || others.length > 0 ? undefined : { province: nearest, nearBorder: true };
}

function shapeAt(x: number, y: number): string | undefined {
  shapes ??= readShapes();
  return shapes.find(
    ({ rings, west, south, east, north }) =>
      x >= west && x <= east && y >= south && y <= north && isInside(rings, x, y),
  )?.province;
}

/** Even-odd rule: a ray from the point crosses the rings an odd number of times. */
function isInside(rings: readonly Int32Array[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    let [fromX, fromY] = [ring.at(-2) ?? 0, ring.at(-1) ?? 0];
    for (let i = 0; i < ring.length; i += 2) {
      const [toX, toY] = [ring[i] ?? 0, ring[i + 1] ?? 0];
      if (fromY > y !== toY > y && x < ((fromX - toX) * (y - toY)) / (fromY - toY) + toX) inside = !inside;
      [fromX, fromY] = [toX, toY];
    }
  }
  return inside;
}

/** @param text `x y dx dy dx dy ...` */
function decode(text: string): Int32Array {
  const ring = Int32Array.from(text.split(' '), Number);
  for (let i = 2; i < ring.length; i++) ring[i] = (ring[i] ?? 0) + (ring[i - 2] ?? 0);
  return ring;
}
