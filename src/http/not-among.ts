import { nearestPath } from '../stats/nearest.ts';
import { Problem } from './problem.ts';

/** Of more names than that only the most similar one is told. */
const MAX_LISTED = 20;

/** `there is no "feilds" (did you mean "fields"?)`; where none is alike, which names there are. */
export function notAmong(name: string, names: readonly string[], kind = ''): string {
  const meant = nearestPath(name, names);
  const none = `there is no ${kind}${JSON.stringify(name)}`;
  if (meant) return `${none} (did you mean ${JSON.stringify(meant)}?)`;
  return names.length <= MAX_LISTED
    ? `${none}, only ${names.join(', ')}`
    : `${none}; GET /meta has all of them`;
}

/** @param kind with a blank behind it: `job ` */
export function noSuch(kind: string, name: string, names: readonly string[]): Problem {
  const [first = '', ...rest] = notAmong(name, names, kind);
  return new Problem('not-found', `${first.toUpperCase()}${rest.join('')}.`);
}
