/** Shares of a whole as a ring, with a few words in the middle. It is as large as said and never scaled. */
import type { ComponentChildren } from 'preact';

interface DonutProps {
  /** Pixels, both ways. */
  size: number;
  thickness: number;
  /** Of what the ring stands for; what they leave of 100 is track. */
  shares: readonly { fill: string; percentage: number }[];
  /** What it says; none where the same stands beside it. */
  label?: string;
  /** SVG texts, with their middle at 50 %. */
  children?: ComponentChildren;
}

/** Percent of the circumference between two shares. */
const GAP = 0.8;

export function Donut({ size, thickness, shares, label, children }: DonutProps) {
  const circle = { cx: size / 2, cy: size / 2, r: (size - thickness) / 2, 'stroke-width': thickness };
  const gap = shares.filter(({ percentage }) => percentage > 0).length > 1 ? GAP : 0;
  let before = 0;
  return (
    <svg
      class="donut"
      width={size}
      height={size}
      role="img"
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <circle class="track" {...circle} />
      <g transform={`rotate(-90 ${size / 2} ${size / 2})`}>
        {shares.map(({ fill, percentage }) => {
          const offset = -before;
          before += percentage;
          const length = Math.max(0, percentage - gap);
          return (
            <circle
              key={fill}
              class={`stroke-${fill}`}
              {...circle}
              pathLength={100}
              stroke-dasharray={`${length.toFixed(2)} ${(100 - length).toFixed(2)}`}
              stroke-dashoffset={offset.toFixed(2)}
            />
          );
        })}
      </g>
      {children}
    </svg>
  );
}
