/** Where the log goes: JSON lines on stderr, one for each event; where that is a terminal, lines for people. */
import { type DestinationStream, pino } from 'pino';

/** What is used of pino's own destination. */
interface Stderr extends DestinationStream {
  on(event: 'error', listener: () => void): unknown;
}

/** @param stderr writes at once: nothing is lost when the process ends */
export async function logStream(
  isTerminal: boolean,
  stderr: Stderr = pino.destination({ dest: 2, sync: true }),
): Promise<DestinationStream> {
  // The terminal was closed, or `head` has seen enough: nobody reads any more, and the work still ends in order.
  stderr.on('error', () => {});
  if (!isTerminal) return stderr;
  // Loaded for people only: a program that runs the service need not wait for it.
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  return { write: (line) => stderr.write(pretty(line)) };
}
