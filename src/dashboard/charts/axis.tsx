/** The axes of all charts: ticks with pale lines to the left, labels below, and between them the room for the marks. */
import type { ComponentChildren } from 'preact';
import { linear } from './scale.ts';

/** In pixels: text must not be scaled, so heights are fixed and only the width follows the container. */
const [ABOVE, BELOW, DIGIT] = [18, 22, 6.4];

interface Plot {
  /** Pixels, from the top. */
  y: (value: number) => number;
  /** Where the marks end. */
  bottom: number;
}

interface AxesProps {
  height: number;
  ticks: readonly number[];
  /** Of a tick. */
  format: (value: number) => string;
  /** Below the marks; `at` in percent of the width. A narrower chart than `from` pixels leaves it out. */
  labels: readonly { at: number; text: string; anchor?: 'start' | 'end'; from?: 350 | 500 | undefined }[];
  children: (plot: Plot) => ComponentChildren;
}

export function Axes({ height, ticks, format, labels, children }: AxesProps) {
  const bottom = height - BELOW;
  const y = linear([ticks[0] ?? 0, ticks.at(-1) ?? 1], [bottom, ABOVE]);
  const texts = ticks.map(format);
  const width = Math.ceil(Math.max(3, ...texts.map((text) => text.length)) * DIGIT) + 8;
  return (
    <div class="axes">
      <svg class="y-axis" width={width} height={height} aria-hidden="true">
        {ticks.map((tick, i) => (
          <text x={width - 8} y={y(tick)} dy="0.35em" text-anchor="end">
            {texts[i]}
          </text>
        ))}
      </svg>
      <svg class="marks" height={height} aria-hidden="true">
        {ticks.map((tick) => (
          <line class="grid-line" x2="100%" y1={y(tick)} y2={y(tick)} />
        ))}
        {children({ y, bottom })}
        {labels.map(({ at, text, anchor = 'middle', from }) => (
          <text
            class={from ? `label from-${from}` : 'label'}
            x={`${at}%`}
            y={height - 5}
            text-anchor={anchor}
          >
            {text}
          </text>
        ))}
      </svg>
    </div>
  );
}
