/** Where the log goes: JSON lines on stderr, one for each event; where that is a terminal, lines for people. */
import { type DestinationStream, pino, symbols } from 'pino';

/** What pino calls the level info. */
const INFO = 30;

/** What is used of pino's own destination. */
interface Stderr extends DestinationStream {
  on(event: 'error', listener: () => void): unknown;
}

interface Line {
  [member: string]: unknown;
  msg: string;
  err?: { message?: string; code?: string; stack?: string };
}

/**
 * @param terminal what stderr is, unless it is a file or a pipe; `clear` is called before each line
 * @param stderr writes at once
 */
export async function logStream(
  terminal: { hasColours: boolean; clear: () => void } | undefined,
  stderr: Stderr = pino.destination({ dest: 2, sync: true }),
): Promise<DestinationStream> {
  // The terminal was closed, or `head` has seen enough: nobody reads any more, and the work still ends in order.
  stderr.on('error', () => {});
  if (!terminal) return together(stderr);
  // Loaded for people only: a program that runs the service need not wait for it.
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: terminal.hasColours,
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    messageFormat: (line) => readable(line as Line),
  });
  return {
    write(line) {
      terminal.clear();
      stderr.write(pretty(line));
    },
  };
}

/**
 * Lines up to level info of one turn of the event loop are one write: a write for each costs 8 µs (docs/adr/015). A warning is written
 * at once, with what waits before it; the end of the process writes what is left.
 */
function together(stderr: DestinationStream): DestinationStream {
  let waiting = '';
  const write = () => {
    process.off('exit', write);
    clearImmediate(turn);
    const lines = waiting;
    waiting = '';
    if (lines) stderr.write(lines);
  };
  let turn: NodeJS.Immediate | undefined;
  const stream = {
    // Asks pino for `lastLevel`.
    [symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string) {
      if (!waiting) {
        turn = setImmediate(write);
        process.once('exit', write);
      }
      waiting += line;
      if (stream.lastLevel > INFO) write();
    },
  };
  return stream;
}

/** What happened, `name=value` of what else is known, and the stack of a failure on lines of its own. */
function readable({ level: _, time: __, msg, err, ...data }: Line): string {
  const { message, known } =
    'durationMs' in data && 'route' in data ? requestOf(data) : { message: msg, known: data };
  const pairs = Object.entries({ ...known, ...(err && { code: err.code, error: err.message }) })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${/^[^\s"=]+$/.test(String(value)) ? value : JSON.stringify(value)}`);
  const lines = [[message, ...pairs].join('  '), ...(err?.stack?.split('\n').slice(1) ?? [])];
  // What a client sends must not steer the terminal.
  return lines.map((line) => line.replace(/\p{Cc}+/gu, ' ')).join('\n');
}

/** `GET /stats/global 200 memory 0.4 ms`. Its ids are for whoever looks for the cause of a failure. */
function requestOf(data: Omit<Line, 'msg'>): { message: string; known: object } {
  const { requestId, traceId, method, path, status, cache, durationMs, route: _, ...known } = data;
  const ids = Number(status) < 400 ? {} : { requestId, traceId };
  const message = [method, path, status, cache, durationMs, 'ms']
    .filter((part) => part !== undefined)
    .join(' ');
  return { message, known: { ...known, ...ids } };
}
