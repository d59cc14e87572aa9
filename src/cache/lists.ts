import { LRUCache } from 'lru-cache';
import { isUnreachable } from '../db/failures.ts';
import type { ListPage, ListQuery } from '../engine/lists.ts';

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
  /** When somebody last began to read it again; others take this one meanwhile. */
  askedAt: number;
  revision: number;
}

/** Lists that were read, each beside the document that a reader gets: with another one, an invalidation may lie between them. */
export class ListMemory {
  readonly #kept: LRUCache<string, KeptList>;
  /** So far. */
  loads = 0;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ items }, id) =>
        items.reduce((n, item) => n + item.length * 2, id.length * 2 + OVERHEAD_BYTES),
    });
  }

  /**
   * @param load reads a list now
   * @param document Entry.id of the one that a reader gets now, of a snapshot of that revision
   * @param now ms of a clock that never goes back
   * @param current read it again in any case
   * @param minRevision what was read before it will not do
   * @param away whether the database does not answer: what was read at another revision will do
   * @returns undefined where the document has been invalidated since the snapshot
   * @throws what the database threw where nothing that will do was read before
   */
  async read(
    load: (query: ListQuery) => Promise<ListPage | undefined>,
    { document, revision }: { document: string; revision: number },
    query: ListQuery,
    how: { now: number; current: boolean; minRevision?: number | undefined; away: () => boolean },
  ): Promise<{ list: KeptList; loaded: boolean } | undefined> {
    const { list, limit, after } = query;
    const id = `${list}/${limit}/${after?.day ?? ''}/${after?.projectId ?? ''}/${document}`;
    const { now, current, minRevision = 0, away } = how;
    const kept = this.#kept.get(id);
    const known = current || (kept && kept.revision < minRevision) ? undefined : kept;
    const isFresh = known?.revision === revision && now - known.askedAt < FRESH_MS;
    if (known && (isFresh || away())) return { list: known, loaded: false };
    if (known?.revision === revision) known.askedAt = now;
    try {
      const page = await load(query);
      if (!page) {
        this.#kept.delete(id);
        return undefined;
      }
      const read = { ...page, id: `list#${++this.loads}`, at: now, askedAt: now, revision };
      // One that began later may have ended before.
      const other = this.#kept.get(id);
      if (!other || other.revision < revision || (other.revision === revision && other.at <= now))
        this.#kept.set(id, read);
      return { list: read, loaded: true };
    } catch (error) {
      // Asked again: it may have gone silent meanwhile. Where it answers, an older list will not do.
      if (known && (known.revision === revision || away() || isUnreachable(error)))
        return { list: known, loaded: false };
      throw error;
    }
  }
}
