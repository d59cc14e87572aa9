import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems take for outgoing connections (RFC 6335 has them from 49152 on, Linux from 32768). */
const [FIRST, END] = [20_000, 32_000];

/**
 * A port on 127.0.0.1 that nobody listens on now, and that nobody gets by chance before its program is up: one of port 0
 * could be an outgoing connection's a second later.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
