/** Where a value stands: the scales of all charts. */

/** Between two ends. */
export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]) {
  return (value: number): number => start + ((value - from) / (to - from || 1)) * (end - start);
}

/** The place of one of `count` bars side by side, in percent of the width. */
export function band(count: number, i: number, gap = 0.34): { x: number; middle: number; width: number } {
  const step = 100 / count;
  return { x: (i + gap / 2) * step, middle: (i + 0.5) * step, width: (1 - gap) * step };
}

/** From 0 on more steps look round: 0, 8, 16, but not 40, 48, 56. */
const STEPS_FROM_0 = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const STEPS = [1, 2, 2.5, 5, 10, 20, 25, 50];

/**
 * Three round values, evenly spaced, between which all others lie. They begin at 0 where that leaves the values more than half of the
 * height.
 * @param whole the values are counts: no tick stands between two of them
 */
export function threeTicks([low, high]: readonly [number, number], whole: boolean): [number, number, number] {
  const from = low > 0 && low < high / 2 ? 0 : low;
  const power = 10 ** Math.floor(Math.log10((high - from) / 2 || 1));
  for (const each of from === 0 ? STEPS_FROM_0 : STEPS) {
    const step = each * power;
    if (whole && !Number.isInteger(step)) continue;
    const first = Math.floor(from / step) * step;
    if (first + 2 * step >= high) return [first, first + step, first + 2 * step];
  }
  return [low, (low + high) / 2, high];
}
