/** A share of a whole. The figure stands beside it, so that it is no picture for a screen reader. */
export function ShareBar({ percentage }: { percentage: number }) {
  return (
    <svg class="share-bar" aria-hidden="true">
      <rect class="track" width="100%" height="100%" />
      <rect
        class="fill-completed"
        width={`${Math.min(100, Math.max(0, percentage)).toFixed(2)}%`}
        height="100%"
      />
    </svg>
  );
}
