/** Bodies of requests: inflated where they are compressed (RFC 9110 section 8.4), and of bounded size in either form. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

const MAX_BYTES = 2 ** 20;
const INFLATE = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

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
  const bytes = await (encoding === 'identity' ? c.req : raw).arrayBuffer();
  // Many clients name a type whatever they send: what is not there is of no type.
  const isEmpty = bytes.byteLength === 0;
  if (isEmpty || encoding !== 'identity') {
    const headers = new Headers(raw.headers);
    for (const name of ['Content-Encoding', 'Content-Length', ...(isEmpty ? ['Content-Type'] : [])])
      headers.delete(name);
    const body = isEmpty ? null : await inflated(encoding, bytes);
    c.req.raw = new Request(raw.url, { method: raw.method, headers, body });
  }
  await next();
};

async function inflated(encoding: string, bytes: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const inflate = INFLATE.get(encoding);
  if (!inflate) {
    const known = [...INFLATE.keys()].join(', ');
    const detail = `A body may be encoded as ${known}, not as ${JSON.stringify(encoding)}.`;
    throw new Problem('unsupported-media-type', detail, { headers: { 'Accept-Encoding': known } });
  }
  try {
    return new Uint8Array(await inflate(new Uint8Array(bytes), { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Problem('invalid-request', `The body is not valid ${encoding}.`);
  }
}
