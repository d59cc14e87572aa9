import { LRUCache } from 'lru-cache';
import { isUnreachable } from '../db/failures.ts';
import type { ListPage, ListQuery } from '../engine/lists.ts';
import type { NowOrLater } from '../timing/now-or-later.ts';
import type { UnderWay } from '../timing/under-way.ts';

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
  /** When it began to be read. */
  at: number;
  /** When somebody last began to read it again; others take this one meanwhile. */
  askedAt: number;
  revision: number;
}

/** Lists being read by one service. */
export type ListsUnderWay = UnderWay<KeptList | undefined>;

/** Lists that were read, each beside the document that a reader gets: with another one, an invalidation may lie between them. */
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

  /** So far. */
  get loads(): number {
    return this.#loads;
  }

  /**
   * A promise only where a list has to be read.
   *
   * @param load reads the list now
   * @param document Entry.id of the one that a reader gets now, of a snapshot of that revision
   * @param now ms of a clock that never goes back
   * @param minRevision what began to be read at an earlier revision will not do; Infinity: nothing but what begins now
   * @param away whether the database does not answer: what was read at another revision will do
   * @param underWay those that this read may wait for
   * @returns undefined where the document has been invalidated since the snapshot
   * @throws what the database threw where nothing that will do was read before
   */
  read(
    load: () => Promise<ListPage | undefined>,
    { document, revision }: { document: string; revision: number },
    query: ListQuery,
    how: { now: number; minRevision: number; away: () => boolean; underWay: ListsUnderWay },
  ): NowOrLater<{ list: KeptList; loaded: boolean } | undefined> {
    const { now, minRevision, away, underWay } = how;
    const { list, limit, after } = query;
    const id = `${list}/${limit}/${after?.day ?? ''}/${after?.projectId ?? ''}/${document}`;
    const kept = this.#kept.get(id);
    const known = kept && kept.revision >= minRevision ? kept : undefined;
    const isPresent = known?.revision === revision;
    if (known && (away() || (isPresent && now - known.askedAt < FRESH_MS)))
      return { list: known, loaded: false };
    if (isPresent) known.askedAt = now;
    const begin = () => load().then((page) => page && this.#keep(id, page, now, revision));
    const loading = revision >= minRevision ? underWay.join(`${id}@${revision}`, begin) : begin();
    return loading.then(
      (read) => read && { list: read, loaded: true },
      (error) => {
        // Asked again: it may have gone silent meanwhile. Where it answers, an older list will not do.
        if (known && (isPresent || away() || isUnreachable(error))) return { list: known, loaded: false };
        throw error;
      },
    );
  }

  #keep(id: string, page: ListPage, at: number, revision: number): KeptList {
    const list = { ...page, id: `list#${++this.#loads}`, at, askedAt: at, revision };
    // One that began later may have ended before.
    if (at >= (this.#kept.get(id)?.at ?? at)) this.#kept.set(id, list);
    return list;
  }
}
