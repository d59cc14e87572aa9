/** A mistyped setting looks like one that is not set: `DATABSE_URL` would start the demo. */
import { distance } from 'fastest-levenshtein';
import { SETTINGS } from '../config.ts';

/** The environment is full of names of others: a short one is nearly anything, and of a long one two letters may differ. */
const MIN_LETTERS = 6;
const MAX_WRONG_LETTERS = 2;

/** A sentence for each name that is no setting, but nearly one that is not set. */
export function mistypedSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  const unset = SETTINGS.filter((name) => name.length >= MIN_LETTERS && !environment[name]);
  return Object.keys(environment).flatMap((name) => {
    if (name.length < MIN_LETTERS || SETTINGS.includes(name)) return [];
    const meant = unset.find((setting) => distance(name.toUpperCase(), setting) <= MAX_WRONG_LETTERS);
    return meant ? [`${name} is no setting of dashboard-stats. Did you mean ${meant}?`] : [];
  });
}
