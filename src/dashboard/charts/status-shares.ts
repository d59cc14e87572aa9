/** Projects by status, as shares of all. */
import type { Statistics } from '../../stats/schema.ts';
import { nameTitle, type View } from '../view.ts';

export interface StatusShare {
  name: string;
  title: string;
  count: number;
  percentage: number;
}

export type StatusCounts = Statistics['statusBreakdown'];

export function statusShares(view: View, breakdown: StatusCounts | undefined): StatusShare[] {
  const counts = Object.entries((breakdown ?? {}) as Record<string, number>);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return counts.map(([name, count]) => ({
    ...{ name, count, title: nameTitle(view, 'statuses', name) },
    percentage: total === 0 ? 0 : (count / total) * 100,
  }));
}

/** All of them in a sentence. */
export function sharesLabel(view: View, shares: readonly StatusShare[]): string {
  return shares.map(({ title, count }) => `${title} ${view.format.number(count)}`).join(', ');
}
