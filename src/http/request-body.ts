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

export const limitBody = bodyLimit({
  maxSize: MAX_BYTES,
  onError: () => {
    throw tooLarge();
  },
});

/** Comes after limitBody, as it reads the whole body. */
export const inflateBody: MiddlewareHandler = async (c, next) => {
  const encoding = c.req.header('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  const { raw } = c.req;
  if (encoding !== 'identity' && raw.body) {
    if (!Object.hasOwn(INFLATE, encoding)) {
      const known = Object.keys(INFLATE).join(', ');
      const detail = `A body may be encoded as ${known}, not as ${JSON.stringify(encoding)}.`;
      throw new Problem('unsupported-media-type', detail, { headers: { 'Accept-Encoding': known } });
    }
    const body = await inflated(encoding as keyof typeof INFLATE, await raw.arrayBuffer());
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
