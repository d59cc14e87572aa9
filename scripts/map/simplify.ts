/** Visvalingam's simplification of shapes that share borders: a point that goes, goes from every shape, so that no gap opens. */
import type { Point, Ring } from './geometry.ts';

/** @param leastArea points whose triangle with both neighbours is smaller are left out, the smallest first */
export function simplify(rings: readonly Ring[], leastArea: number): Ring[] {
  const graph = new Graph(rings);
  for (;;) {
    const least = graph.leastPoint();
    if (!least || least.area >= leastArea) break;
    graph.remove(least.id);
  }
  return rings.map((ring) => ring.filter((point) => graph.has(point)));
}

/** The points of all rings, each with the points that it is joined to. */
class Graph {
  readonly #points = new Map<string, Point>();
  readonly #joined = new Map<string, Set<string>>();
  /** Of points that may go: between two others, and those not joined themselves (a triangle stays a triangle). */
  readonly #areas = new Map<string, number>();

  constructor(rings: readonly Ring[]) {
    for (const ring of rings) {
      ring.forEach((point, i) => {
        this.#points.set(idOf(point), point);
        this.#join(idOf(point), idOf(ring[(i + 1) % ring.length] as Point));
      });
    }
    for (const id of this.#points.keys()) this.#weigh(id);
  }

  has(point: Point): boolean {
    return this.#points.has(idOf(point));
  }

  leastPoint(): { id: string; area: number } | undefined {
    let least: { id: string; area: number } | undefined;
    for (const [id, area] of this.#areas) if (!least || area < least.area) least = { id, area };
    return least;
  }

  remove(id: string): void {
    const [a, b] = this.#neighbours(id) as [string, string];
    for (const other of [a, b]) this.#joined.get(other)?.delete(id);
    this.#points.delete(id);
    this.#areas.delete(id);
    this.#join(a, b);
    for (const other of new Set([a, b, ...this.#neighbours(a), ...this.#neighbours(b)])) this.#weigh(other);
  }

  #neighbours(id: string): string[] {
    return [...(this.#joined.get(id) ?? [])];
  }

  #join(a: string, b: string): void {
    if (a === b) return;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const joined = this.#joined.get(from) ?? new Set();
      this.#joined.set(from, joined.add(to));
    }
  }

  #weigh(id: string): void {
    const [a, b, more] = this.#neighbours(id);
    if (!a || !b || more || this.#joined.get(a)?.has(b)) this.#areas.delete(id);
    else
      this.#areas.set(
        id,
        triangle(...([a, id, b].map((at) => this.#points.get(at)) as [Point, Point, Point])),
      );
  }
}

function idOf([x, y]: Point): string {
  return `${x} ${y}`;
}

function triangle([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
  return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
}
