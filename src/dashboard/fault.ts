/** What is wrong with the attributes of an element: a value that is none, and the one that may have been meant. */
import { nearestPath } from '../stats/nearest.ts';
import type { Loaded } from './view.ts';
import type { Given, Widget } from './widget.ts';

export interface Fault {
  attribute: string;
  value: string;
  nearest: string | undefined;
}

/** Names of figures are known when titles are loaded. @returns undefined where nothing is wrong, or not yet */
export function faultOf(
  { attributes }: Widget,
  given: Given,
  { meta }: Pick<Loaded, 'meta'>,
): Fault | undefined {
  for (const [attribute, { values, figures }] of Object.entries(attributes)) {
    const known = figures ? meta?.metrics.filter(({ history }) => history).map(({ path }) => path) : values;
    const own = (given(attribute) ?? '').split(figures ? ',' : '\n').filter(Boolean);
    const value = known && own.find((one) => !known.includes(one));
    if (known && value) return { attribute, value, nearest: nearestPath(value, known) };
  }
  return undefined;
}
