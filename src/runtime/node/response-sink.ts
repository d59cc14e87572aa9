/**
 * Frames of an event stream go to the response of Node itself: a stream of the Fetch API, with what the adapter needs to read it, costs
 * each client twice the memory and each event twice the time (docs/adr/017).
 */
import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { OpenSink, Sink } from '../../http/stream/sink.ts';

// Where the adapter's own Response was in place when this one was made, the adapter would write it as it is, behind what was sent
// already. Asked for its body, it becomes a usual one, whose header the adapter reads.
void RESPONSE_ALREADY_SENT.body;

/** Returns undefined where the app is asked without a socket. */
export const openResponse: OpenSink = (c, headers) => {
  const { outgoing } = c.env as Partial<HttpBindings>;
  if (!outgoing) return undefined;
  const response = outgoing as ServerResponse;
  response.writeHead(200, headers);
  response.flushHeaders();
  return { sink: new ResponseSink(response), response: RESPONSE_ALREADY_SENT };
};

class ResponseSink implements Sink {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get closed(): boolean {
    return this.#response.req.socket.destroyed || this.#response.writableEnded;
  }

  /** Something of the last batch is still here and not with the operating system. */
  get full(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Frames are not copied: all clients share them. */
  write(frames: Uint8Array): void {
    this.#response.write(frames);
  }

  end(): void {
    this.#response.end();
  }

  drop(): void {
    this.#response.destroy();
  }

  listen(onDrain: () => void, onClose: () => void): void {
    this.#response.on('drain', onDrain);
    // A response behind another one on its connection never hears of its end.
    this.#response.req.socket.once('close', onClose);
  }
}
