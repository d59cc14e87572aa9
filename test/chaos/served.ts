/** Makes of an answer's text the documents in it, as a history has them. */
import { createHash } from 'node:crypto';
import type { Served, Share } from './history.ts';

export class ServedDocuments {
  readonly #answers = new Map<string, readonly Served[]>();
  readonly #documents = new Map<string, Served>();

  /** @param text of a document, a dashboard or a list */
  of(text: string): readonly Served[] {
    const name = hash(text);
    const known = this.#answers.get(name);
    if (known) return known;
    const json = JSON.parse(text);
    const items = json.items ?? (json.global ? [json.global, ...json.regions, ...json.facilities] : [json]);
    const documents = items.map((item: any) => this.#document(item));
    this.#answers.set(name, documents);
    return documents;
  }

  #document(json: any): Served {
    const body = hash(JSON.stringify(json));
    const known = this.#documents.get(body);
    if (known) return known;
    const { statusBreakdown, totalProjects, business, breakdown } = json.statistics;
    const shares = (list: any[]): ReadonlyMap<string, Share> =>
      new Map(list.map((part) => [part.name, [part.total, part.completed]]));
    const served: Served = {
      key: json.key,
      version: json.version,
      body,
      statistics: statisticsName(json.statistics),
      share: [totalProjects, statusBreakdown.completed],
      counter: business.pqm,
      ...(json.key === 'global' && {
        parts: { regions: shares(breakdown.regions), facilities: shares(breakdown.facilities) },
      }),
    };
    this.#documents.set(body, served);
    return served;
  }
}

/** Names statistics whatever the order of their members. */
export function statisticsName(statistics: unknown): string {
  return hash(JSON.stringify(sorted(statistics)));
}

function sorted(value: any): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}

const hash = (text: string) => createHash('sha1').update(text).digest('base64');
