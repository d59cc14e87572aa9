import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { LRUCache } from 'lru-cache';
import type { NowOrLater } from '../timing/now-or-later.ts';
import { UnderWay } from '../timing/under-way.ts';
import { stateOf } from './request-state.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

/** Bytes ready to be sent, with their strong validator (RFC 9110 section 8.8.3): a hash of exactly these bytes. */
export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly encoding: Encoding;
  readonly etag: string;
}

/** The best for an Accept-Encoding: browsers send few of them. */
const KEPT_PREFERENCES = 100;
/** A smaller answer is not worth encoding. */
const MIN_ENCODED_BYTES = 1_024;
const BROTLI_QUALITY = 5;

const encoders = {
  gzip: promisify(gzip),
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
};

/** The bodies of answers, each made and encoded at most once. An id must name the content: it is the same text for ever. */
export class Bodies {
  readonly #ready: LRUCache<string, Body>;
  readonly #preferred = new LRUCache<string, Encoding>({ max: KEPT_PREFERENCES });
  readonly #underWay: UnderWay<Body> | undefined;

  /**
   * @param shared whether requests may wait for each other's work; false where the platform forbids it, and an encoding
   * may be made twice
   */
  constructor(maxBytes: number, shared = true) {
    this.#underWay = shared ? new UnderWay() : undefined;
    this.#ready = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (body, id) => body.bytes.byteLength + id.length * 2,
    });
  }

  /** Whether it is made already, so that `get` in the same turn needs no content. */
  has(id: string): boolean {
    return this.#ready.has(id);
  }

  /** Of what the client takes with the highest weight, the smallest (RFC 9110 section 12.5.3). */
  encodingFor(c: Context): Encoding {
    const header = stateOf(c).header('accept-encoding');
    if (header === undefined) return 'identity';
    const known = this.#preferred.get(header);
    if (known) return known;
    const preferred = preferredEncoding(c);
    this.#preferred.set(header, preferred);
    return preferred;
  }

  /** @param encoding the best that the client accepts; small bodies stay as they are */
  get(id: string, encoding: Encoding, content: () => string | Uint8Array): NowOrLater<Body> {
    const plain = this.#ready.get(id) ?? this.#keep(id, 'identity', Buffer.from(content()));
    if (encoding === 'identity' || plain.bytes.byteLength < MIN_ENCODED_BYTES) return plain;
    const encodedId = `${id}:${encoding}`;
    const known = this.#ready.get(encodedId);
    if (known) return known;
    const encode = () =>
      encoders[encoding](plain.bytes).then((bytes) => this.#keep(encodedId, encoding, bytes));
    return this.#underWay ? this.#underWay.join(encodedId, encode) : encode();
  }

  #keep(id: string, encoding: Encoding, bytes: Buffer): Body {
    const body = { bytes: new Uint8Array(bytes), encoding, etag: etagOf(bytes) };
    this.#ready.set(id, body);
    return body;
  }
}

export const etagOf = (bytes: Uint8Array) =>
  `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;

function preferredEncoding(c: Context): Encoding {
  return accepts(c, {
    header: 'Accept-Encoding',
    supports: ['br', 'gzip', 'identity'],
    default: 'identity',
    match: (accepted, { supports }) => {
      const weight = (encoding: string) =>
        accepted.find(({ type }) => type.toLowerCase() === encoding)?.q ?? 0;
      const best = supports.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      return weight(best) > 0 ? best : 'identity';
    },
  }) as Encoding;
}
