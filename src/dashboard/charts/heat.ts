/** Which of the ten steps of styles/heat.css a value has. */
const STEPS = 10;

/** @param most the greatest value there is; it has the last step, and 0 the first */
export function heatClass(value: number, most: number): string {
  const step = most > 0 ? Math.floor((value / most) * STEPS) : 0;
  return `heat-${Math.max(0, Math.min(STEPS - 1, step))}`;
}
