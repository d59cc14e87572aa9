import { nearestPath } from '../stats/nearest.ts';
import { Problem } from './problem.ts';

/** Of more names than that only the most similar one is told. */
const MAX_LISTED = 20;

/** `there is no "feilds" (did you mean "fields"?)`; where none is alike, which names there are. */
export function notAmong(name: string, names: readonly string[]): string {
  return `there is no ${unknown(name, names)}`;
}

/** @param kind of what is missing: `job` */
export function noSuch(kind: string, name: string, names: readonly string[]): Problem {
  return new Problem('not-found', `There is no ${kind} ${unknown(name, names)}.`);
}

function unknown(name: string, names: readonly string[]): string {
  const meant = nearestPath(name, names);
  const quoted = JSON.stringify(name);
  if (meant) return `${quoted} (did you mean ${JSON.stringify(meant)}?)`;
  return names.length <= MAX_LISTED ? `${quoted}, only ${names.join(', ')}` : quoted;
}
