/**
 * The clients of `npm run bench:live`, in a process of their own: event streams on raw sockets, which cost little enough
 * that what is measured is the service. Each follows the document `global` and reads one figure of it.
 */
import { connect, type Socket } from 'node:net';
import { epochMs } from './epoch-ms.ts';

export type Order =
  /** Clients of each of the ports in turn. */
  | { do: 'open'; ports: number[]; clients: number }
  /** Answers once every client has seen the figure at `value` or above. */
  | { do: 'await'; value: number }
  /** Notes from now on what every so manieth client sees. */
  | { do: 'record'; every: number }
  | { do: 'stop' };

/** `lastAt`: when the last client saw it. `seen`: per recorded client, figures with their times. */
export type Answer = { opened: number } | { lastAt: number } | { seen: [value: number, at: number][][] };

const FIGURE = '"fts":';
/** A batch ends the chunk that it is sent in. */
const END = Buffer.from('\n\n\r\n');
/** All sockets read into it, one after the other: a buffer for each read would cost more than what is done with it. */
const READ = Buffer.alloc(256 * 1024);
/** Connections asked for at once. */
const AT_ONCE = 100;

class Client {
  value = Number.NaN;
  valueAt = 0;
  record: [value: number, at: number][] | undefined;
  readonly socket: Socket;
  #rest: Buffer | undefined;

  constructor(port: number) {
    const callback = (length: number) => {
      this.#take(READ.subarray(0, length));
      return true;
    };
    this.socket = connect({ port, host: '127.0.0.1', onread: { buffer: READ, callback } });
    this.socket.setNoDelay(true);
    this.socket.write('GET /stats/stream?keys=global HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  }

  #take(bytes: Buffer): void {
    const text = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = text.subarray(-END.length).equals(END) ? undefined : Buffer.from(text);
    const at = text.lastIndexOf(FIGURE);
    if (at < 0) return;
    const digits = /^\d+(?=\D)/.exec(text.toString('latin1', at + FIGURE.length, at + FIGURE.length + 16));
    if (!digits || Number(digits[0]) === this.value) return;
    this.value = Number(digits[0]);
    this.valueAt = epochMs();
    this.record?.push([this.value, this.valueAt]);
    changed(this);
  }
}

const clients: Client[] = [];
let waiting: { value: number; left: Set<Client> } | undefined;

function changed(client: Client): void {
  if (!waiting || client.value < waiting.value || !waiting.left.delete(client)) return;
  if (waiting.left.size > 0) return;
  waiting = undefined;
  answer({ lastAt: client.valueAt });
}

function answer(message: Answer): void {
  process.send?.(message);
}

async function open(ports: readonly number[], count: number): Promise<void> {
  while (clients.length < count) {
    const length = Math.min(AT_ONCE, count - clients.length);
    const some = Array.from({ length }, (_, n) => new Client(ports[n % ports.length] ?? 0));
    clients.push(...some);
    while (some.some(({ value }) => Number.isNaN(value)))
      await new Promise((resolve) => setTimeout(resolve, 10));
  }
  answer({ opened: clients.length });
}

process.on('message', (order: Order) => {
  if (order.do === 'open') void open(order.ports, order.clients);
  if (order.do === 'await') {
    const late = clients.filter(({ value }) => !(value >= order.value));
    if (late.length === 0) answer({ lastAt: Math.max(...clients.map(({ valueAt }) => valueAt)) });
    else waiting = { value: order.value, left: new Set(late) };
  }
  if (order.do === 'record') {
    for (const [i, client] of clients.entries()) client.record = i % order.every === 0 ? [] : undefined;
  }
  if (order.do === 'stop') {
    answer({ seen: clients.flatMap(({ record }) => (record ? [record] : [])) });
    for (const client of clients) client.record = undefined;
  }
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
