/** Where the frames of one event stream are written to. A platform may have one of its own that costs less (runtime/node/response-sink.ts). */
import type { Context } from 'hono';

export interface Sink {
  /** The client has gone, or the stream has ended. */
  readonly closed: boolean;
  /** The client has not read what was written: only what is small and must not be lost should be written now. */
  readonly full: boolean;
  write(frames: Uint8Array): void;
  end(): void;
  /** Cuts the client off. */
  drop(reason: string): void;
  /** @param onDrain the client has read, and the sink is not full any more @param onClose the client has gone */
  listen(onDrain: () => void, onClose: () => void): void;
}

/** It begins an answer of status 200 whose body is written to, or returns undefined where the platform has no sink of its own for the request. */
export type OpenSink = (
  c: Context,
  headers: Record<string, string>,
) => { sink: Sink; response: Response } | undefined;

/** Most unread bytes of a client. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** The one of every platform: the body of the answer is a stream of the Fetch API. */
export class BodySink implements Sink {
  readonly body: ReadableStream<Uint8Array>;
  closed = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onDrain = () => {};
  #onClose = () => {};

  constructor() {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onDrain(),
        cancel: () => {
          this.closed = true;
          this.#onClose();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
  }

  get full(): boolean {
    return (this.#controller?.desiredSize ?? 0) <= 0;
  }

  write(frames: Uint8Array): void {
    this.#controller?.enqueue(frames);
  }

  end(): void {
    this.closed = true;
    this.#controller?.close();
  }

  drop(reason: string): void {
    this.closed = true;
    this.#controller?.error(new Error(reason));
  }

  listen(onDrain: () => void, onClose: () => void): void {
    this.#onDrain = onDrain;
    this.#onClose = onClose;
  }
}
