import type { KeptList, ListsUnderWay } from '../cache/lists.ts';
import type { DocumentMemory } from '../cache/memory.ts';
import { type Reading, type ReadOptions, withLoaded } from '../cache/reader.ts';
import type { ListPage, ListQuery } from '../engine/lists.ts';
import type { Traced } from '../engine/transaction.ts';
import { RefreshTimeoutError } from '../errors.ts';
import { andThen, type NowOrLater } from '../timing/now-or-later.ts';
import { UnderWay } from '../timing/under-way.ts';

/** Tries of a list whose document is gone or invalidated each time. */
const TRIES = 3;
/** A list of an earlier revision is answered only while the database is away, which no sync may have noticed yet. */
const BESIDE_OLDER = { source: 'stale', staleReason: 'database-away' } as const;

interface ListReaderOptions {
  memory: DocumentMemory;
  now: () => number;
  isAway: () => boolean;
  /** Reads the document beside which a list is answered. */
  read: (key: string, options: ReadOptions) => NowOrLater<Reading>;
  /** undefined: the document is gone or invalidated. */
  load: (query: ListQuery, asked: Traced) => Promise<ListPage | undefined>;
  refresh: (asked: Traced) => Promise<unknown>;
}

export interface ListReading {
  reading: Reading;
  page: KeptList;
}

/** Reads the projects behind a figure, each list beside the document that has the figure. */
export class ListReader {
  readonly #o: ListReaderOptions;
  readonly #underWay: ListsUnderWay = new UnderWay();

  constructor(options: ListReaderOptions) {
    this.#o = options;
  }

  /** A part of a list, of the state that the document is of or a later one. @throws as Reader.read */
  read(query: ListQuery, options: ReadOptions): NowOrLater<ListReading> {
    return andThen(this.#readOnce(query, options), (read) => read ?? this.#readAgain(query, options));
  }

  /** undefined: the document has been invalidated since it was read, or is gone. */
  #readOnce(query: ListQuery, options: ReadOptions): NowOrLater<ListReading | undefined> {
    const { memory, now, isAway, read, load } = this.#o;
    const { current, minRevision = 0 } = options;
    return andThen(read(query.key, options), (reading) => {
      const { revision } = reading.snapshot.position;
      const beside = { document: String(reading.items[0]?.entry.id), revision };
      const how = {
        now: now(),
        minRevision: current ? Number.POSITIVE_INFINITY : minRevision,
        away: isAway,
        underWay: this.#underWay,
      };
      return andThen(
        memory.lists.read(() => load(query, options), beside, query, how),
        (found) => {
          if (!found) return undefined;
          const { list, loaded } = found;
          const answered = { ...withLoaded(reading, loaded), readAt: list.at };
          return {
            reading: list.revision === revision ? answered : { ...answered, ...BESIDE_OLDER },
            page: list,
          };
        },
      );
    });
  }

  async #readAgain(query: ListQuery, options: ReadOptions): Promise<ListReading> {
    for (let tries = 1; tries < TRIES; tries++) {
      await this.#o.refresh(options);
      const read = await this.#readOnce(query, options);
      if (read) return read;
    }
    throw new RefreshTimeoutError('The document of the list changes again and again.', {
      help: 'Try again in a few seconds.',
    });
  }
}
