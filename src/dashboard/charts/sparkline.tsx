/** A small line without axes: how a figure went. It takes the width that it is given. */
import { extent } from 'd3-array';
import { line } from 'd3-shape';
import { linear } from './scale.ts';

const [WIDTH, HEIGHT, EDGE] = [100, 24, 2];

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const [low = 0, high = 1] = extent(values.filter((value) => value !== null));
  const x = linear([0, Math.max(1, values.length - 1)], [0, WIDTH]);
  const y = linear([low, high], [HEIGHT - EDGE, EDGE]);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, i) => x(i))
    .y((value) => y(value ?? 0))
    .digits(1)(values);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path ?? ''} />
    </svg>
  );
}
