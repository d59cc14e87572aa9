/** Which place the arrow keys lead to. */

export type Places = Readonly<Record<string, readonly number[]>>;

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @returns the nearest place in the direction of the key; the first or last one for Home and End; undefined where there is none */
export function placeAfter(places: Places, from: string, key: string): string | undefined {
  const names = Object.keys(places);
  if (key === 'Home') return names[0];
  if (key === 'End') return names.at(-1);
  const direction = DIRECTIONS[key];
  const start = places[from];
  if (!direction || !start) return undefined;
  let nearest: { name: string; distance: number } | undefined;
  for (const name of names) {
    const [dx, dy] = [0, 1].map((axis) => (places[name]?.[axis] ?? 0) - (start[axis] ?? 0)) as [
      number,
      number,
    ];
    const ahead = dx * direction[0] + dy * direction[1];
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    // What lies more to the side than ahead is reached by another key.
    if (ahead <= 0 || aside > ahead) continue;
    const distance = ahead + 2 * aside;
    if (!nearest || distance < nearest.distance) nearest = { name, distance };
  }
  return nearest?.name;
}
