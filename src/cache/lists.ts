import { LRUCache } from 'lru-cache';
import type { ListPage, ListQuery } from '../engine/lists.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * A list is read again after so long, also where no revision was issued: names and dates may have changed though no figure
 * has.
 */
const FRESH_MS = 5_000;
/** Rough cost of a page beyond its items, in bytes. */
const OVERHEAD_BYTES = 200;

export interface KeptList extends ListPage {
  /** Equal ids are equal lists. */
  id: string;
  at: number;
}

/** Lists that were read at a revision. */
export class ListMemory {
  readonly #kept: LRUCache<string, KeptList>;
  #loads = 0;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ items }, id) =>
        items.reduce((n, item) => n + item.length * 2, id.length * 2 + OVERHEAD_BYTES),
    });
  }

  /**
   * @param load reads a list now
   * @param now ms of a clock that never goes back
   * @param current read it again in any case
   * @returns undefined where the document has been invalidated since the snapshot
   * @throws what the database threw where nothing was read at this revision before
   */
  async read(
    load: (query: ListQuery) => Promise<ListPage | undefined>,
    { lineage, position }: Snapshot,
    query: ListQuery,
    { now, current }: { now: number; current: boolean },
  ): Promise<{ list: KeptList; loaded: boolean } | undefined> {
    const { list, key, limit, after } = query;
    const id = `${lineage}/${position.revision}/${list}/${limit}/${after?.day ?? ''}/${after?.projectId ?? ''}/${key}`;
    const known = this.#kept.get(id);
    if (known && !current && now - known.at < FRESH_MS) return { list: known, loaded: false };
    try {
      const page = await load(query);
      if (!page) return undefined;
      const kept = { ...page, id: `list#${++this.#loads}`, at: now };
      this.#kept.set(id, kept);
      return { list: kept, loaded: true };
    } catch (error) {
      if (known && !current) return { list: known, loaded: false };
      throw error;
    }
  }
}
