/**
 * A stream that was asked for while there is nothing to send: no database yet, and nothing in memory. An EventSource gives up for good
 * on any status but 200, and its page would be dead until somebody reloads it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { liveState, OPENING, PING, stateEvent } from './frames.ts';

const RETRY_MS = 500;
/** Between two pings, in tries. */
const PING_EVERY = 40;

interface Waiting {
  /** Finds out what the stream needs. @returns opens it */
  prepare: () => Promise<() => ReadableStream<Uint8Array>>;
  /** Whether `prepare` failed for a reason that passes. */
  passes: (error: unknown) => boolean;
  /** The stream ends, and the client asks again: the service is being stopped, or this platform lets nothing wait. */
  isOver: () => boolean;
  /** Frees its place among MAX_STREAMS. */
  leave: () => void;
}

/** Says that the database is away, and goes on as the stream that was asked for as soon as that can be opened. */
export function waitingStream({ prepare, passes, isOver, leave }: Waiting): ReadableStream<Uint8Array> {
  let opened: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let left = false;
  /** undefined: the client has gone, or what it asked for is refused. */
  const untilOpened = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    for (let tries = 1; !left && !isOver(); tries++) {
      await sleep(RETRY_MS);
      try {
        const open = await prepare();
        if (left) break;
        leave();
        return open().getReader();
      } catch (error) {
        // What is wrong with the request is the answer to the next one.
        if (!passes(error)) break;
        if (tries % PING_EVERY === 0) controller.enqueue(PING);
      }
    }
    return undefined;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(OPENING);
      controller.enqueue(stateEvent(liveState({ reason: 'database-away' }, 0)));
    },
    async pull(controller) {
      opened ??= await untilOpened(controller);
      const next = await opened?.read();
      if (next && !next.done) return controller.enqueue(next.value);
      leave();
      if (!left) controller.close();
    },
    async cancel() {
      left = true;
      leave();
      await opened?.cancel();
    },
  });
}
