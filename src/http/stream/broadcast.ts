import type { Reading } from '../../cache/reader.ts';
import type { Snapshot } from '../../cache/snapshot.ts';
import type { StaleReason } from '../../cache/sync-state.ts';
import type { Log } from '../../log.ts';
import { coalesce } from '../../timing/coalesce.ts';
import type { NowOrLater } from '../../timing/now-or-later.ts';
import { batch, closing, type LiveState, liveState, OPENING, PING, stateEvent } from './frames.ts';
import type { StreamPlaces } from './places.ts';

const PING_MS = 20_000;
/** How often the state is compared with what was sent. */
const STATE_CHECK_MS = 500;
/** After the statistics could not be read. */
const RETRY_MS = 1_000;
/** Most unread bytes of a client. Above it nothing more is queued; when the client reads again it gets the newest documents. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** A client that stays above MAX_UNREAD_BYTES for this long is dropped. */
const DROP_AFTER_MS = 30_000;

/** Which documents a client wants. */
export interface Selection {
  /** Equal names choose equal keys and fields. */
  name: string;
  /** Those of a snapshot; keys that it does not have are left out. */
  choose: (snapshot: Snapshot) => readonly string[];
  /** Members of `statistics` to send; undefined for all. */
  fields: readonly string[] | undefined;
}

export interface StreamSource {
  /** The documents of these keys, as one refresh left them; waits for those that are invalid. */
  read(choose: Selection['choose'], options: Pick<Selection, 'fields'>): NowOrLater<Reading>;
  /** Why they may not be the present, and since when (ms of the node's clock); undefined where they are. */
  readonly unconfirmed: { reason: StaleReason; since?: number } | undefined;
  /** Calls back whenever newer documents are there. */
  onChange(listener: () => void): void;
}

interface BroadcastOptions {
  log: Log;
  /** ms of a clock that never goes back. */
  now: () => number;
  places: StreamPlaces;
}

interface Client {
  readonly selection: Selection;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Frees its place among MAX_STREAMS. */
  readonly leave: () => void;
  /** Everything up to this revision has been sent, and in which lineage of the database. */
  sent: number;
  lineage: number;
  /** Since when it leaves too much unread; see MAX_UNREAD_BYTES. */
  slowSince: number | undefined;
}

/**
 * Sends each client the current documents, and then those that change: state, not history. A change is encoded once for all
 * clients that want the same documents. A slow client has no queue: when it reads again it gets the current documents.
 */
export class StreamBroadcast {
  readonly #source: StreamSource;
  readonly #o: BroadcastOptions;
  readonly #clients = new Set<Client>();
  #timers: NodeJS.Timeout[] = [];
  #state: LiveState;
  #closed = false;
  /** Since the start, for /metrics. */
  readonly counts = { events: 0, dropped: 0 };

  constructor(source: StreamSource, options: BroadcastOptions) {
    this.#source = source;
    this.#o = options;
    this.#state = this.#currentState();
    source.onChange(() => void this.#publish());
  }

  get size(): number {
    return this.#clients.size;
  }

  /** There are as many as MAX_STREAMS. */
  get full(): boolean {
    return this.#o.places.full;
  }

  /** It ends, and takes no further stream. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a place for a stream that cannot be opened yet. @returns gives it back */
  hold(): () => void {
    return this.#o.places.take();
  }

  /**
   * A stream that begins with what the client does not have yet.
   *
   * @param reading all documents of the selection
   * @param has what the client had when it was cut off
   */
  open(
    selection: Selection,
    reading: Reading,
    has: { epoch: string; revision: number } | undefined,
  ): ReadableStream<Uint8Array> {
    const { position } = reading.snapshot;
    // A node may be behind the one that the client comes from: it sends nothing older than what the client has.
    const known = has?.epoch === position.epoch;
    let client: Client | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          // While nobody listens, nothing follows the state.
          if (this.#clients.size === 0) this.#state = this.#currentState();
          else this.#sendStateIfChanged();
          controller.enqueue(OPENING);
          controller.enqueue(stateEvent(this.#state));
          client = {
            selection,
            controller,
            leave: this.#o.places.take(),
            sent: known ? has.revision : -1,
            lineage: reading.snapshot.lineage,
            slowSince: undefined,
          };
          this.#clients.add(client);
          if (this.#timers.length === 0)
            this.#timers = [
              setInterval(() => this.#pingAll(), PING_MS),
              setInterval(() => this.#sendStateIfChanged(), STATE_CHECK_MS),
            ];
          this.#deliver(client, reading, new Map());
          // Changes since the reading were sent to the clients of that moment only.
          void this.#publish();
        },
        pull: () => {
          if (client?.slowSince !== undefined) void this.#publish();
        },
        cancel: () => {
          if (client) this.#forget(client);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
  }

  /** Ends every stream with an event that says so. */
  close(reason = 'The service is being stopped.'): void {
    this.#closed = true;
    const last = closing(reason);
    for (const client of this.#clients) {
      client.controller.enqueue(last);
      client.controller.close();
      this.#forget(client);
    }
  }

  readonly #publish = coalesce(async () => {
    if (this.#clients.size === 0) return;
    try {
      for (const clients of this.#byFields().values()) await this.#publishTo(clients);
    } catch (error) {
      this.#o.log.debug({ err: error }, 'Streams wait, since the statistics could not be read.');
      setTimeout(() => void this.#publish(), RETRY_MS).unref();
    }
  });

  /** A reading has the same members of every document. */
  #byFields(): Map<string, Client[]> {
    const groups = new Map<string, Client[]>();
    for (const client of this.#clients) {
      const name = String(client.selection.fields ?? '*');
      const group = groups.get(name);
      if (group) group.push(client);
      else groups.set(name, [client]);
    }
    return groups;
  }

  async #publishTo(clients: readonly Client[]): Promise<void> {
    const selections = new Map(clients.map(({ selection }) => [selection.name, selection]));
    const fields = clients[0]?.selection.fields;
    const choose = (snapshot: Snapshot) => [
      ...new Set([...selections.values()].flatMap((selection) => selection.choose(snapshot))),
    ];
    const reading = await this.#source.read(choose, { fields });
    const batches = new Map<string, Batch | null>();
    for (const client of clients) if (this.#clients.has(client)) this.#deliver(client, reading, batches);
    this.#sendStateIfChanged();
  }

  /** Sends every client the state where it has changed. */
  #sendStateIfChanged(): void {
    const state = this.#currentState();
    if (state.reason === this.#state.reason) return;
    this.#state = state;
    const bytes = stateEvent(state);
    for (const client of this.#clients) client.controller.enqueue(bytes);
  }

  #currentState(): LiveState {
    return liveState(this.#source.unconfirmed, this.#o.now());
  }

  /** @param batches those made for other clients already; null: nothing new */
  #deliver(client: Client, reading: Reading, batches: Map<string, Batch | null>): void {
    const { lineage } = reading.snapshot;
    if (client.lineage !== lineage) client.sent = -1;
    client.lineage = lineage;
    const id = `${client.sent} ${client.selection.name}`;
    const known = batches.get(id);
    const newer = known === undefined ? newerDocuments(client, reading) : known;
    batches.set(id, newer);
    if (newer === null) return;
    if ((client.controller.desiredSize ?? 0) <= 0) {
      this.#dropIfTooSlow(client);
      return;
    }
    client.controller.enqueue(newer.bytes);
    this.counts.events += newer.events;
    client.sent = reading.snapshot.position.revision;
    client.slowSince = undefined;
  }

  #dropIfTooSlow(client: Client): void {
    client.slowSince ??= this.#o.now();
    if (this.#o.now() - client.slowSince < DROP_AFTER_MS) return;
    client.controller.error(new Error('The client does not read.'));
    this.counts.dropped++;
    this.#forget(client);
  }

  #pingAll(): void {
    for (const client of this.#clients) {
      if ((client.controller.desiredSize ?? 0) > 0) client.controller.enqueue(PING);
      else this.#dropIfTooSlow(client);
    }
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    client.leave();
    if (this.#clients.size > 0) return;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }
}

interface Batch {
  bytes: Uint8Array;
  events: number;
}

function newerDocuments({ selection, sent }: Client, { snapshot, items }: Reading): Batch | null {
  const wanted = new Set(selection.choose(snapshot));
  const newer = items.filter(({ entry }) => wanted.has(entry.key) && entry.version > sent);
  const texts = newer.map(({ text }) => text);
  return texts.length === 0 ? null : { bytes: batch(texts, snapshot.position), events: texts.length };
}
