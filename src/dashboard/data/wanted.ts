/** Which documents are asked for, and which members of them: what all widgets of a page, or of several tabs, need together. */
import { type Field, isField } from '../figures.ts';
import type { Needs } from '../widget.ts';

export interface Wanted {
  /** Cache keys in order, or every scope. */
  keys: readonly string[] | 'all';
  /** Members of `statistics` in order. */
  fields: readonly Field[];
}

/** The service takes so many keys at most; more than these are all. */
const MAX_KEYS = 100;
/** The least that there is to ask for. */
export const SMALLEST: Wanted = { keys: ['global'], fields: ['totalProjects'] };

/** @returns undefined where no document is needed */
export function wantedOf(needs: readonly Needs[]): Wanted | undefined {
  const wanted = needs.flatMap(({ keys, fields, list }) => {
    const known = fields.filter(isField);
    const documents = known.length > 0 && keys.length > 0 ? [{ keys, fields: known }] : [];
    // The version of its scope says when a list has changed.
    return list ? [...documents, { ...SMALLEST, keys: [list.scope] }] : documents;
  });
  if (wanted.length === 0 && needs.some(({ confirmation }) => confirmation)) return SMALLEST;
  return unionOf(wanted);
}

export function unionOf(wanted: readonly Wanted[]): Wanted | undefined {
  if (wanted.length === 0) return undefined;
  const fields = [...new Set(wanted.flatMap(({ fields: some }) => some))].sort();
  const keys = [...new Set(wanted.flatMap(({ keys: some }) => (some === 'all' ? [] : some)))].sort();
  const all =
    wanted.some(({ keys: some }) => some === 'all') ||
    keys.length > MAX_KEYS ||
    // A list of keys is divided at commas.
    keys.some((key) => key.includes(','));
  return { keys: all ? 'all' : keys, fields };
}

/** Whether who has `held` has everything of `wanted`. */
export function includes(held: Wanted, { keys, fields }: Wanted): boolean {
  const hasKeys = held.keys === 'all' || (keys !== 'all' && keys.every((key) => held.keys.includes(key)));
  return hasKeys && fields.every((field) => held.fields.includes(field));
}

/** Without keys that the service does not know; undefined where none is left. */
export function without({ keys, fields }: Wanted, unknown: readonly string[]): Wanted | undefined {
  if (keys === 'all') return { keys, fields };
  const left = keys.filter((key) => !unknown.includes(key));
  return left.length === 0 ? undefined : { keys: left, fields };
}

/** A comma of a name has a backslash before it. */
const written = (key: string) => encodeURIComponent(key.replaceAll(',', '\\,'));

/** The query of `GET /stats` and `GET /stats/stream`. */
export function queryOf({ keys, fields }: Wanted): string {
  return `${keys === 'all' ? '' : `keys=${keys.map(written)}&`}fields=${fields}`;
}
