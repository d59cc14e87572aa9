/** Shares of a whole, side by side. */
interface Share {
  name: string;
  title: string;
  count: number;
}

export function StackedBar({ shares, label }: { shares: readonly Share[]; label: string }) {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  return (
    <svg class="stacked-bar" role="img" aria-label={label}>
      {shares.map(({ name, title, count }) => {
        const x = total === 0 ? 0 : (before / total) * 100;
        before += count;
        return (
          <rect
            class={`fill-${name}`}
            x={`${x.toFixed(2)}%`}
            width={`${(total === 0 ? 0 : (count / total) * 100).toFixed(2)}%`}
            height="100%"
          >
            <title>{title}</title>
          </rect>
        );
      })}
    </svg>
  );
}
