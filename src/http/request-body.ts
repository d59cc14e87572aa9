/** Bodies of requests: inflated where they are compressed (RFC 9110 section 8.4), and of bounded size in either form. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

const MAX_BYTES = 2 ** 20;
const INFLATE = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

const tooLarge = () =>
  new Problem('payload-too-large', `A body may have ${MAX_BYTES} bytes at most, also when it is inflated.`);

const limitRead = bodyLimit({
  maxSize: MAX_BYTES,
  onError: () => {
    throw tooLarge();
  },
});

/** What says that it is too long is refused as it is: a body that somebody has begun to read cannot be thrown away any more. */
export const limitBody: MiddlewareHandler = (c, next) => {
  if (Number(c.req.header('Content-Length') ?? 0) > MAX_BYTES) throw tooLarge();
  return limitRead(c, next);
};

/**
 * Comes after limitBody, as it reads the whole body. Whoever is refused later, for a wrong token, say, has been heard to the end:
 * a body that is left unread would end the connection, and with it the next request of the client.
 */
export const inflateBody: MiddlewareHandler = async (c, next) => {
  const encoding = c.req.header('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  const { raw } = c.req;
  if (encoding === 'identity') await c.req.arrayBuffer();
  else if (raw.body) {
    const bytes = await raw.arrayBuffer();
    if (!Object.hasOwn(INFLATE, encoding)) {
      const known = Object.keys(INFLATE).join(', ');
      const detail = `A body may be encoded as ${known}, not as ${JSON.stringify(encoding)}.`;
      throw new Problem('unsupported-media-type', detail, { headers: { 'Accept-Encoding': known } });
    }
    const body = await inflated(encoding as keyof typeof INFLATE, bytes);
    const headers = new Headers(raw.headers);
    headers.delete('Content-Encoding');
    headers.delete('Content-Length');
    c.req.raw = new Request(raw.url, { method: raw.method, headers, body });
  }
  await next();
};

async function inflated(
  encoding: keyof typeof INFLATE,
  bytes: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const options = { maxOutputLength: MAX_BYTES };
    return new Uint8Array(await INFLATE[encoding](new Uint8Array(bytes), options));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Problem('invalid-request', `The body is not valid ${encoding}.`);
  }
}
