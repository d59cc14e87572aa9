/** The events of one connection, as they come. */
import { eventReader, type ServerEvent } from './event-text.ts';

/** Pings come every 20 s: a connection that says nothing for so long is dead. */
const QUIET_MS = 45_000;

/** @throws where it is cut off or quiet; ends where the service ends it */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const events: ServerEvent[] = [];
  const take = eventReader((event) => events.push(event));
  let watch: ReturnType<typeof setTimeout> | undefined;
  const quiet = () => void reader.cancel().catch(() => undefined);
  try {
    for (;;) {
      clearTimeout(watch);
      watch = setTimeout(quiet, QUIET_MS);
      const { done, value } = await reader.read();
      if (done) return;
      take(decoder.decode(value, { stream: true }));
      yield* events.splice(0);
    }
  } finally {
    clearTimeout(watch);
    quiet();
  }
}
