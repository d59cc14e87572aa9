/** A small line without axes: how a figure went. It takes the width that it is given. */
import { extent, linePath } from './line-path.ts';
import { linear } from './scale.ts';

const [WIDTH, HEIGHT, EDGE] = [100, 24, 2];

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const x = linear([0, Math.max(1, values.length - 1)], [0, WIDTH]);
  const y = linear(extent(values), [HEIGHT - EDGE, EDGE]);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={linePath(values, x, y)} />
    </svg>
  );
}
