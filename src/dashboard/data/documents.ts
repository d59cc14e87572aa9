/** What an answer of `GET /stats` says: its documents, and how far they can be trusted. */
import type { Figures } from '../figures.ts';
import type { Status } from '../view.ts';

interface Bundle {
  global: Figures;
  regions: readonly Figures[];
  facilities: readonly Figures[];
}

export function documentsOf(answer: Bundle | { items: readonly Figures[] }): readonly Figures[] {
  return 'items' in answer ? answer.items : [answer.global, ...answer.regions, ...answer.facilities];
}

/** Members that did not come stay as they are known: another widget may have asked for them. */
export function merged(known: Figures | undefined, figures: Figures): Figures {
  return known ? { ...figures, statistics: { ...known.statistics, ...figures.statistics } } : figures;
}

/** Why an answer may not be the present, as its headers Cache-Status and Age say it; undefined where it is. */
export function doubtOf(headers: Headers, now: number): Status | undefined {
  const reason = /detail=stale:([a-z-]+)/.exec(headers.get('Cache-Status') ?? '')?.[1];
  if (!reason) return undefined;
  const since = new Date(now - Number(headers.get('Age') ?? 0) * 1_000).toISOString();
  return { state: reason === 'behind' ? 'behind' : 'stale', since, reason };
}
