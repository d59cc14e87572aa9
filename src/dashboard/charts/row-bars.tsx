/** Bars that lie, each with its name before and its value behind: a list, so that it is read as one. */
import { Changing } from '../changing.tsx';

interface RowBarsProps {
  rows: readonly { name: string; count: number }[];
  format: (count: number) => string;
}

export function RowBars({ rows, format }: RowBarsProps) {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <ul class="row-bars">
      {rows.map(({ name, count }) => (
        <li key={name}>
          <span>{name}</span>
          <svg height="12" aria-hidden="true">
            <rect class="track" width="100%" height="12" rx="4" />
            <rect class="fill-accent" width={`${((count / most) * 100).toFixed(2)}%`} height="12" rx="4" />
          </svg>
          <b>
            <Changing text={format(count)} />
          </b>
        </li>
      ))}
    </ul>
  );
}
