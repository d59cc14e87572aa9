/** Upright bars. The last one is the present: stronger, with its value above; those of the others show under the pointer and with focus. */
import { Changing } from '../changing.tsx';
import { Axes } from './axis.tsx';
import { band, threeTicks } from './scale.ts';

export interface Bar {
  /** Below the bar. */
  label: string;
  /** In full, for readers who do not see the chart. */
  name: string;
  count: number;
}

interface BarsProps {
  bars: readonly Bar[];
  /** What the chart shows. */
  title: string;
  /** A class of fills.css. */
  fill: string;
  format: (count: number) => string;
}

const HEIGHT = 176;

export function Bars({ bars, title, fill, format }: BarsProps) {
  const ticks = threeTicks([0, Math.max(0, ...bars.map(({ count }) => count))], true);
  const places = bars.map((_, i) => band(bars.length, i));
  // Numbers of days always have room, months on most phones, ranges on none.
  const longest = Math.max(...bars.map(({ label }) => label.length));
  const roomy: 350 | 500 | undefined = longest > 5 ? 500 : longest > 2 ? 350 : undefined;
  const labels = bars.map(({ label }, i) => ({
    at: places[i]?.middle ?? 0,
    text: label,
    from: (bars.length - i) % 2 === 0 ? roomy : undefined,
  }));
  const sentence = bars.map(({ name, count }) => `${name} ${format(count)}`).join(', ');
  return (
    // One stop for the keyboard: while it has focus, every bar shows its value. The figures are in its label too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div class="bars" role="img" aria-label={`${title}: ${sentence}`} tabIndex={0}>
      <Axes height={HEIGHT} ticks={ticks} format={format} labels={labels}>
        {({ y, bottom }) =>
          bars.map(({ label, count }, i) => {
            const { x, middle, width } = places[i] as ReturnType<typeof band>;
            const last = i === bars.length - 1;
            return (
              <g key={label} class={last ? 'bar last' : 'bar'}>
                <rect
                  class="reach"
                  x={`${middle - 50 / bars.length}%`}
                  width={`${100 / bars.length}%`}
                  height={bottom}
                />
                <rect
                  class={fill}
                  x={`${x}%`}
                  width={`${width}%`}
                  y={y(count)}
                  height={bottom - y(count)}
                  rx="3"
                />
                <text class="bar-value" x={`${middle}%`} y={y(count) - 6} text-anchor="middle">
                  {last ? <Changing as="tspan" text={format(count)} /> : format(count)}
                </text>
              </g>
            );
          })
        }
      </Axes>
    </div>
  );
}
