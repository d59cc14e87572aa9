import { UnknownScopeError } from '../errors.ts';
import { compareBytes, GLOBAL_KEY } from '../stats/keys.ts';
import { nearest } from '../stats/nearest.ts';
import type { KeptDocument, Position, TableState } from './read-table.ts';

/** What a node knows of one document besides its bytes. Times are in ms of the node's monotonic clock. */
export interface Entry {
  /** Names what the document says: equal ids are equal bytes, also after a restore of the database. */
  readonly id: string;
  readonly key: string;
  readonly type: KeptDocument['type'];
  readonly entityId: string | null;
  readonly displayName: string;
  readonly version: number;
  /** false: invalidated and not computed again yet; it must not be served. */
  readonly valid: boolean;
  readonly asOf: Date;
  readonly expiresAt: number;
  readonly checkedAt: number;
}

/** Everything kept, as one refresh left it. Never changed, only replaced as a whole: no answer mixes two refreshes. */
export interface Snapshot {
  readonly position: Position;
  /** Names the revision in streams and headers: `{epoch}-{revision}`. */
  readonly eventId: string;
  /** Counts the restores of the database that this node has seen: it tells apart what came before and after. */
  readonly lineage: number;
  readonly schemaVersion: number;
  /** The zone whose days the statistics count; null before the first refresh. */
  readonly timeZone: string | null;
  /** The local day of the documents, `YYYY-MM-DD`; null before the first refresh. */
  readonly localDate: string | null;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Keys in byte order. */
  readonly regions: readonly string[];
  readonly facilities: readonly string[];
}

/** The snapshot of a table that has changed. */
export function snapshotOf(
  table: TableState & { documents: KeptDocument[] },
  lineage: number,
  now: number,
): Snapshot {
  const entries = new Map(table.documents.map((document) => [document.key, entryOf(document, lineage, now)]));
  const keys = (type: Entry['type']) =>
    [...entries.values()]
      .filter((entry) => entry.type === type)
      .map((entry) => entry.key)
      .sort(compareBytes);
  return {
    position: table.position,
    eventId: `${table.position.epoch}-${table.position.revision}`,
    lineage,
    schemaVersion: table.schemaVersion,
    timeZone: table.timeZone,
    localDate: table.localDate,
    entries,
    regions: keys('regional'),
    facilities: keys('facility'),
  };
}

/** Member by member: a copy with `...` takes ten times as long and four times the memory, of each document at each revision. */
function entryOf(document: KeptDocument, lineage: number, now: number): Entry {
  return {
    id: idOf(lineage, document),
    key: document.key,
    type: document.type,
    entityId: document.entityId,
    displayName: document.displayName,
    version: document.version,
    valid: document.valid,
    asOf: document.asOf,
    expiresAt: now + document.secondsLeft * 1000,
    checkedAt: now - document.secondsChecked * 1000,
  };
}

/** The keys of a whole dashboard: global, every region, every facility type. */
export function allKeys({ regions, facilities }: Snapshot): string[] {
  return [GLOBAL_KEY, ...regions, ...facilities];
}

/** The entries of `keys`, in that order. @throws UnknownScopeError for the keys that have none */
export function entriesOf(snapshot: Snapshot, keys: readonly string[]): Entry[] {
  const entries = keys.map((key) => snapshot.entries.get(key));
  if (!entries.includes(undefined)) return entries as Entry[];
  const unknown = keys.filter((key) => !snapshot.entries.has(key));
  throw new UnknownScopeError(unknown, nearest(unknown[0] ?? '', [...snapshot.entries.keys()]));
}

/** When the first of them expires; Infinity for none. */
export function firstExpiry(entries: readonly Entry[]): number {
  return entries.reduce((first, { expiresAt }) => Math.min(first, expiresAt), Number.POSITIVE_INFINITY);
}

/** The snapshot with the documents of `keys` invalidated at `revision`. */
export function invalidated(snapshot: Snapshot, keys: readonly string[], revision: number): Snapshot {
  const entries = new Map(snapshot.entries);
  for (const key of keys) {
    const entry = entries.get(key);
    if (entry && entry.version < revision) {
      const id = idOf(snapshot.lineage, { key, version: revision });
      entries.set(key, { ...entry, id, version: revision, valid: false });
    }
  }
  return { ...snapshot, entries };
}

const idOf = (lineage: number, { key, version }: Pick<Entry, 'key' | 'version'>) =>
  `${lineage}/${key}@${version}`;
