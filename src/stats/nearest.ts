import { distance } from 'fastest-levenshtein';
import { scopeName } from './keys.ts';

/**
 * The key most similar to `wanted`, without regard to case; undefined when no name is within a third of its letters. What
 * is wanted without its type (`northern`) is compared with names alone.
 */
export function nearest(wanted: string, keys: readonly string[]): string | undefined {
  const bound = Math.max(1, scopeName(wanted).length / 3);
  const sought = wanted.toLowerCase();
  let best: { key: string; distance: number } | undefined;
  for (const key of keys) {
    const known = sought.includes(':') ? key : scopeName(key);
    // Comparing is slow for long texts, and so much difference in length is difference enough.
    if (Math.abs(known.length - wanted.length) > bound) continue;
    const candidate = { key, distance: distance(sought, known.toLowerCase()) };
    if (candidate.distance <= bound && candidate.distance < (best?.distance ?? Infinity)) best = candidate;
  }
  return best?.key;
}
