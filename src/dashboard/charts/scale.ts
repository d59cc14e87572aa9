/** Where a value stands between two ends; the one scale of all charts. */
export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]) {
  return (value: number): number => start + ((value - from) / (to - from || 1)) * (end - start);
}
