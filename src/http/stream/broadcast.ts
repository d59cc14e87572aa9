import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../cache/reader.ts';
import type { Snapshot } from '../../cache/snapshot.ts';
import type { StaleReason } from '../../cache/sync-state.ts';
import type { Log } from '../../log.ts';
import { coalesce } from '../../timing/coalesce.ts';
import type { NowOrLater } from '../../timing/now-or-later.ts';
import { batch, closing, type LiveState, liveState, OPENING, PING, stateEvent } from './frames.ts';
import type { StreamPlaces } from './places.ts';
import type { Sink } from './sink.ts';

const PING_MS = 20_000;
/** How often the state is compared with what was sent. */
const STATE_CHECK_MS = 500;
/** After the statistics could not be read. */
const RETRY_MS = 1_000;
/** A client whose sink stays full for this long is dropped. */
const DROP_AFTER_MS = 30_000;
/** So many clients are written to in one turn of the event loop; in between the node reads, answers and refreshes. */
const CLIENTS_PER_TURN = 100;
/** After a round of several turns the broadcast rests for this share of the time that writing took. */
const REST_SHARE = 0.5;

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
  /** What was read last. */
  readonly memory: { readonly snapshot: Snapshot | undefined };
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

/** The clients that want the same. */
interface Group {
  readonly selection: Selection;
  readonly clients: Set<Client>;
}

interface Client {
  readonly sink: Sink;
  /** Frees its place among MAX_STREAMS. */
  readonly leave: () => void;
  /** Everything up to this revision has been sent, and in which lineage of the database. */
  sent: number;
  lineage: number;
  /** Since when its sink is full. */
  slowSince: number | undefined;
  /** When its token ends, in ms since 1970. */
  readonly until: number | undefined;
  /** The reason of the state that it was told last. */
  told: LiveState['reason'];
}

/**
 * Sends each client the current documents, and then those that change: state, not history. A change is encoded once for all
 * clients that want the same documents. A slow client has no queue: when it reads again it gets the current documents.
 */
export class StreamBroadcast {
  readonly #source: StreamSource;
  readonly #o: BroadcastOptions;
  readonly #groups = new Map<string, Group>();
  #timers: NodeJS.Timeout[] = [];
  #size = 0;
  #inRound = false;
  #state: LiveState;
  /** By the last check. */
  #foundReason: LiveState['reason'] = null;
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
    return this.#size;
  }

  /** There are as many as MAX_STREAMS. */
  get full(): boolean {
    return this.#o.places.full;
  }

  /** It ends, and takes no further stream. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Takes a place for a stream that cannot begin yet. @returns gives it back */
  hold(): () => void {
    return this.#o.places.take();
  }

  /**
   * Begins a stream with what the client does not have yet.
   *
   * @param reading all documents of the selection
   * @param has what the client had when it was cut off
   * @param until when the client's token ends, in ms since 1970: the next ping ends the stream
   */
  open(
    sink: Sink,
    selection: Selection,
    reading: Reading,
    has: { epoch: string; revision: number } | undefined,
    until?: number,
  ): void {
    if (sink.closed) return;
    const { position, lineage } = reading.snapshot;
    const found = this.#currentState();
    // While nobody listens, nothing follows the state.
    if (this.#size === 0) this.#state = found;
    const state = found.reason === this.#state.reason ? this.#state : found;
    sink.write(OPENING);
    sink.write(stateEvent(state));
    // A node may be behind the one that the client comes from: it sends nothing older than what the client has.
    const sent = has?.epoch === position.epoch ? has.revision : -1;
    const leave = this.#o.places.take();
    const told = state.reason;
    const client: Client = { sink, leave, sent, lineage, slowSince: undefined, until, told };
    const group = this.#join(selection, client);
    sink.listen(
      () => {
        if (client.slowSince !== undefined) void this.#publish();
      },
      () => this.#forget(group, client),
    );
    this.#deliver(group, client, reading, new Map());
    // A change since the reading was sent to the clients of that moment only.
    if (this.#source.memory.snapshot !== reading.snapshot) void this.#publish();
  }

  /** Ends every stream with an event that says so. */
  close(reason = 'The service is being stopped.'): void {
    this.#closed = true;
    const last = closing(reason);
    for (const [group, client] of this.#all()) this.#end(group, client, last);
  }

  #end(group: Group, client: Client, last: Uint8Array): void {
    client.sink.write(last);
    client.sink.end();
    this.#forget(group, client);
  }

  #join(selection: Selection, client: Client): Group {
    let group = this.#groups.get(selection.name);
    if (!group) {
      group = { selection, clients: new Set() };
      this.#groups.set(selection.name, group);
    }
    group.clients.add(client);
    this.#size++;
    if (this.#timers.length === 0)
      this.#timers = [
        setInterval(() => this.#pingAll(), PING_MS),
        setInterval(() => this.#checkState(), STATE_CHECK_MS),
      ];
    return group;
  }

  #forget(group: Group, client: Client): void {
    if (!group.clients.delete(client)) return;
    client.leave();
    this.#size--;
    if (group.clients.size === 0) this.#groups.delete(group.selection.name);
    if (this.#size > 0) return;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  *#all(): Generator<[Group, Client]> {
    for (const group of this.#groups.values()) for (const client of group.clients) yield [group, client];
  }

  readonly #publish = coalesce(async () => {
    if (this.#size === 0) return;
    this.#inRound = true;
    const writing = { clients: 0, ms: 0 };
    const ends = await Promise.allSettled(
      [...this.#groups.values()].map((group) => this.#publishTo(group, writing)),
    );
    this.#inRound = false;
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) {
      this.#o.log.debug({ err: failed.reason }, 'Streams wait, since the statistics could not be read.');
      setTimeout(() => void this.#publish(), RETRY_MS).unref();
    } else this.#sendStateIfChanged();
    if (writing.clients > CLIENTS_PER_TURN) await sleep(writing.ms * REST_SHARE);
  });

  /**
   * Whoever comes late in a round gets what has changed meanwhile, and the next round has nothing more for it.
   *
   * @param writing of the whole round: how many were written to, and the ms that it took; added to
   */
  async #publishTo(group: Group, writing: { clients: number; ms: number }): Promise<void> {
    const { selection, clients } = group;
    const { now } = this.#o;
    const batches = new Map<number, Batch | null>();
    let reading: Reading | undefined;
    for (const client of clients) {
      if (++writing.clients % CLIENTS_PER_TURN === 0) await nextTurn();
      if (!reading || reading.snapshot !== this.#source.memory.snapshot) {
        reading = await this.#source.read(selection.choose, { fields: selection.fields });
        batches.clear();
      }
      const began = now();
      if (clients.has(client)) this.#deliver(group, client, reading, batches);
      writing.ms += now() - began;
    }
  }

  /** After a pause of the process it comes before the sync that is due: silence counts where it is found twice in a row. */
  #checkState(): void {
    const { reason } = this.#currentState();
    if (reason !== 'database-away' || reason === this.#foundReason) this.#sendStateIfChanged();
    this.#foundReason = reason;
  }

  /** Sends the state to those clients that were told another one. */
  #sendStateIfChanged(): void {
    const state = this.#currentState();
    // Some have not got the documents yet that make it so.
    if (this.#inRound && state.state === 'live') return;
    if (state.reason !== this.#state.reason) this.#state = state;
    const bytes = stateEvent(this.#state);
    for (const [, client] of this.#all()) {
      if (client.told === state.reason) continue;
      client.told = state.reason;
      client.sink.write(bytes);
    }
  }

  #currentState(): LiveState {
    return liveState(this.#source.unconfirmed, this.#o.now());
  }

  /** @param batches of this reading, by what a client has: those made already; null: nothing new */
  #deliver(group: Group, client: Client, reading: Reading, batches: Map<number, Batch | null>): void {
    const { lineage, position } = reading.snapshot;
    if (client.lineage !== lineage) client.sent = -1;
    client.lineage = lineage;
    let newer = batches.get(client.sent);
    if (newer === undefined) {
      newer = newerDocuments(client.sent, reading);
      batches.set(client.sent, newer);
    }
    if (newer === null) return;
    if (client.sink.full) {
      this.#dropIfTooSlow(group, client);
      return;
    }
    client.sink.write(newer.bytes);
    this.counts.events += newer.events;
    client.sent = position.revision;
    client.slowSince = undefined;
  }

  #dropIfTooSlow(group: Group, client: Client): void {
    client.slowSince ??= this.#o.now();
    if (this.#o.now() - client.slowSince < DROP_AFTER_MS) return;
    client.sink.drop('The client does not read.');
    this.counts.dropped++;
    this.#forget(group, client);
  }

  #pingAll(): void {
    for (const [group, client] of this.#all()) {
      // What is full takes no last words: it is dropped when it has been so for too long.
      if (client.sink.full) this.#dropIfTooSlow(group, client);
      else if (client.until !== undefined && client.until <= Date.now())
        this.#end(group, client, closing('The token has expired.'));
      else client.sink.write(PING);
    }
  }
}

interface Batch {
  bytes: Uint8Array;
  events: number;
}

function newerDocuments(sent: number, { snapshot, items }: Reading): Batch | null {
  const texts = items.filter(({ entry }) => entry.version > sent).map(({ text }) => text);
  return texts.length === 0 ? null : { bytes: batch(texts, snapshot.eventId), events: texts.length };
}
