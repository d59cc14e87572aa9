/**
 * A stream that was asked for while there is nothing to send: no database yet, and nothing in memory. An EventSource gives up for good
 * on any status but 200, and its page would be dead until somebody reloads it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { liveState, OPENING, PING, stateEvent } from './frames.ts';
import type { Sink } from './sink.ts';

const RETRY_MS = 500;
/** Between two pings, in tries. */
const PING_EVERY = 40;

interface Waiting {
  /** Finds out what the stream needs. @returns begins it */
  prepare: () => Promise<(sink: Sink) => void>;
  /** Whether `prepare` failed for a reason that passes. */
  passes: (error: unknown) => boolean;
  /** The stream ends, and the client asks again: the service is being stopped, or this platform lets nothing wait. */
  isOver: () => boolean;
  /** Frees its place among MAX_STREAMS; harmless when it is free. */
  leave: () => void;
}

/** Says that the database is away, and goes on as the stream that was asked for as soon as that can begin. */
export async function waitToBegin(sink: Sink, { prepare, passes, isOver, leave }: Waiting): Promise<void> {
  sink.listen(() => {}, leave);
  sink.write(OPENING);
  sink.write(stateEvent(liveState({ reason: 'database-away' }, 0)));
  let begin: ((sink: Sink) => void) | undefined;
  for (let tries = 1; !begin && !sink.closed && !isOver(); tries++) {
    await sleep(RETRY_MS);
    try {
      begin = await prepare();
    } catch (error) {
      // What is wrong with the request is the answer to the next one.
      if (!passes(error)) break;
      if (tries % PING_EVERY === 0 && !sink.closed) sink.write(PING);
    }
  }
  leave();
  if (begin && !isOver()) begin(sink);
  else if (!sink.closed) sink.end();
}
