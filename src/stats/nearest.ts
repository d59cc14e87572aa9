import { closest, distance } from 'fastest-levenshtein';

/** The candidate most similar to `wanted`; undefined when none is remotely similar. */
export function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(wanted, candidates);
  return distance(wanted, best) <= Math.max(3, wanted.length / 2) ? best : undefined;
}
