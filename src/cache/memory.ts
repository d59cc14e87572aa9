import { LRUCache } from 'lru-cache';
import { encodeDocument } from '../stats/encoder.ts';
import { HistoryMemory } from './history.ts';
import { ListMemory } from './lists.ts';
import type { TableState } from './read-table.ts';
import { type Entry, invalidated, type Snapshot, snapshotOf } from './snapshot.ts';

/** Rough cost of an item beyond its text, in bytes. */
const OVERHEAD_BYTES = 200;

/** A text with what it is of: Entry.id. */
interface Kept {
  id: string;
  text: string;
}

/**
 * L1: what this node serves from. The list of documents is a snapshot, swapped as a whole; their texts are in an LRU, each only for the
 * version that it is of, so that none is ever stale. A newer version takes the place of the one before: nobody asks for that again, and
 * under many changes old ones would fill all the space.
 */
export class DocumentMemory {
  #snapshot: Snapshot | undefined;
  /** Revision of the last local invalidation: a read that began before it and brings an earlier revision is dropped. */
  #floor = 0;
  #moves = 0;
  readonly #texts: LRUCache<string, Kept>;
  /** What belongs to documents and is loaded where somebody asks for it. */
  readonly history: HistoryMemory;
  readonly lists: ListMemory;

  /** @param maxBytes bound for the texts (CACHE_MAX_BYTES); history and lists take a quarter of it each beside them */
  constructor(maxBytes: number) {
    this.history = new HistoryMemory(Math.ceil(maxBytes / 4));
    this.lists = new ListMemory(Math.ceil(maxBytes / 4));
    this.#texts = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ id, text }, name) => (text.length + id.length + name.length) * 2 + OVERHEAD_BYTES,
    });
  }

  /** undefined until the first sync succeeded. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get bytes(): number {
    return this.#texts.calculatedSize;
  }

  /** Counts the changes of memory. To be taken before the table is read, and handed to `apply` with what was read. */
  get moves(): number {
    return this.#moves;
  }

  /** Counts what changes answers from memory: documents, and what was loaded beside them. */
  get changes(): number {
    return this.#moves + this.history.loads + this.lists.loads;
  }

  /**
   * Takes over what was read of the table. Where memory did not change meanwhile, another epoch or an earlier revision
   * means that the database was restored: the same key and version may be other bytes from then on.
   *
   * @param moves the count when the read began
   * @returns false where an invalidation or another sync was faster, and what was read is dropped
   */
  apply(table: TableState, now: number, moves: number): boolean {
    const { documents, position } = table;
    const before = this.#snapshot;
    if (moves !== this.#moves && this.#isBehind(position)) return false;
    if (!documents) return true;
    this.#moves++;
    const restored =
      before !== undefined &&
      (before.position.epoch !== position.epoch || position.revision < before.position.revision);
    if (restored) this.#floor = 0;
    const lineage = restored ? before.lineage + 1 : (before?.lineage ?? 0);
    const snapshot = snapshotOf({ ...table, documents }, lineage, now);
    this.#snapshot = snapshot;
    for (const { key, statistics } of documents) {
      const entry = snapshot.entries.get(key);
      if (entry && statistics !== null) this.#texts.set(key, { id: entry.id, text: statistics });
    }
    return true;
  }

  /** From now on nothing below `revision` is served for `keys`, whatever a sync that began earlier brings. */
  invalidate(keys: readonly string[], revision: number): void {
    // Answers to two invalidations may come in another order than they were made in.
    this.#floor = Math.max(this.#floor, revision);
    this.#moves++;
    if (this.#snapshot) this.#snapshot = invalidated(this.#snapshot, keys, revision);
  }

  /** The document's bytes as text, encoded once per version and selection; undefined when dropped for space. */
  text(entry: Entry, schemaVersion: number, fields?: readonly string[]): string | undefined {
    const known = this.#kept(encodedName(entry, fields), entry);
    if (known !== undefined) return known;
    const statistics = this.#kept(entry.key, entry);
    return statistics === undefined ? undefined : this.#encode(entry, schemaVersion, statistics, fields);
  }

  /** Keeps statistics again that had been dropped for space, and returns the document's text. */
  keep(entry: Entry, schemaVersion: number, statistics: string, fields?: readonly string[]): string {
    this.#texts.set(entry.key, { id: entry.id, text: statistics });
    return this.#encode(entry, schemaVersion, statistics, fields);
  }

  #kept(name: string, { id }: Entry): string | undefined {
    const kept = this.#texts.get(name);
    return kept?.id === id ? kept.text : undefined;
  }

  /** Positions of two epochs have no order. */
  #isBehind({ epoch, revision, renewals }: TableState['position']): boolean {
    const known = this.#snapshot?.position;
    if (revision < this.#floor) return true;
    if (!known) return false;
    if (epoch !== known.epoch) return true;
    return revision < known.revision || (revision === known.revision && renewals < known.renewals);
  }

  #encode(entry: Entry, schemaVersion: number, statistics: string, fields?: readonly string[]): string {
    const text = encodeDocument({ ...entry, schemaVersion, statistics }, fields);
    this.#texts.set(encodedName(entry, fields), { id: entry.id, text });
    return text;
  }
}

/** The statistics themselves have the name of the key alone. */
const encodedName = ({ key }: Entry, fields: readonly string[] | undefined) => `${key}?${fields ?? '*'}`;
