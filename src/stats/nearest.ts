import { distance } from 'fastest-levenshtein';
import { scopeName } from './keys.ts';

/** A beginning of fewer letters could be that of anything. */
const MIN_BEGINNING = 3;

/**
 * The key most similar to `wanted`, without regard to case; where none is, the shortest that begins with it. What is wanted
 * without its type (`northern`) is compared with names alone.
 * A third of its letters may differ.
 */
export function nearest(wanted: string, keys: readonly string[]): string | undefined {
  const most = Math.max(1, scopeName(wanted).length / 3);
  const sought = wanted.toLowerCase();
  let best: { key: string; distance: number } | undefined;
  let beginning: string | undefined;
  for (const key of keys) {
    const known = (sought.includes(':') ? key : scopeName(key)).toLowerCase();
    if (known.startsWith(sought) && key.length < (beginning?.length ?? Infinity)) beginning = key;
    // Comparing is slow for long texts, and so much difference in length is difference enough.
    if (Math.abs(known.length - wanted.length) > most) continue;
    const candidate = { key, distance: distance(sought, known) };
    if (candidate.distance <= most && candidate.distance < (best?.distance ?? Infinity)) best = candidate;
  }
  return best?.key ?? (sought.length >= MIN_BEGINNING ? beginning : undefined);
}

/** Of paths with dots: `overdue` may mean `schedule.overdue`. */
export function nearestPath(wanted: string, paths: readonly string[]): string | undefined {
  const lastOf = (path: string) => path.split('.').at(-1) ?? path;
  const last = nearest(lastOf(wanted), paths.map(lastOf));
  return nearest(wanted, paths) ?? paths.find((path) => lastOf(path) === last);
}
