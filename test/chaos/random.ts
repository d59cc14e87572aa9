/** Chance that a seed repeats. Each actor draws from its own, so that what one does changes nothing for the others. */

/** Gives numbers from 0 to below 1. */
export type Random = () => number;

/** Mulberry32: small, and good enough to choose what to do next. */
export function random(seed: number, actor: string): Random {
  let state = seed | 0;
  for (const char of actor) state = Math.imul(state ^ char.charCodeAt(0), 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function oneOf<T>(chance: Random, list: readonly T[]): T {
  return list[Math.floor(chance() * list.length)] as T;
}

export function between(chance: Random, least: number, most: number): number {
  return least + chance() * (most - least);
}

export function shuffled<T>(chance: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: chance() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
