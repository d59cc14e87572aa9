/** Lines over days, on one axis. A gap is a day without a figure; dashed are days whose figures were estimated afterwards. */
import { Axes } from './axis.tsx';
import { extent, linePath } from './line-path.ts';
import { linear, threeTicks } from './scale.ts';

export interface Line {
  /** A class of lines.css. */
  series: string;
  /** One for each day. */
  values: readonly (number | null)[];
}

interface LinesProps {
  lines: readonly Line[];
  /** For each day. */
  estimated: readonly boolean[];
  /** The day that is marked. */
  at: number;
  height: number;
  format: (value: number) => string;
  labels: Parameters<typeof Axes>[0]['labels'];
}

export function Lines({ lines, estimated, at, height, format, labels }: LinesProps) {
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const ticks = threeTicks(extent(known), known.every(Number.isInteger));
  const x = linear([0, Math.max(1, estimated.length - 1)], [0, 100]);
  // A dashed line goes on to the next day that is not estimated, so that there is no gap between them.
  const dashed = estimated.map((is, i) => is || (estimated[i - 1] ?? false));
  return (
    <Axes height={height} ticks={ticks} format={format} labels={labels}>
      {({ y, bottom }) => {
        const path = (values: Line['values'], shown: readonly boolean[]) =>
          linePath(
            values.map((value, i) => (shown[i] ? value : null)),
            x,
            y,
          );
        const solid = estimated.map((is) => !is);
        return (
          <>
            <svg
              class="lines"
              viewBox={`0 0 100 ${height}`}
              preserveAspectRatio="none"
              width="100%"
              height={height}
              aria-hidden="true"
            >
              {lines.map(({ series, values }) => (
                <g key={series} class={series}>
                  {estimated.includes(true) && <path class="estimated" d={path(values, dashed)} />}
                  <path d={path(values, solid)} />
                </g>
              ))}
            </svg>
            {at < estimated.length - 1 && (
              <line class="chosen" x1={`${x(at)}%`} x2={`${x(at)}%`} y1="8" y2={bottom} />
            )}
            {lines.map(({ series, values }) => {
              const value = values[at];
              return (
                typeof value === 'number' && (
                  <circle key={series} class={series} cx={`${x(at)}%`} cy={y(value)} r="3.5" />
                )
              );
            })}
          </>
        );
      }}
    </Axes>
  );
}
