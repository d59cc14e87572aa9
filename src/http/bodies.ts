import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';

export type Encoding = 'br' | 'gzip' | 'identity';

/** Bytes ready to be sent, with their strong validator (RFC 9110 section 8.8.3): a hash of exactly these bytes. */
export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** A smaller answer is not worth encoding. */
const MIN_ENCODED_BYTES = 1_024;
const BROTLI_QUALITY = 5;

const encoders = {
  gzip: promisify(gzip),
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
};

/**
 * The bodies of answers, each made and encoded at most once. An id must name the content: the same id is the same
 * text for ever.
 */
export class Bodies {
  readonly #ready: LRUCache<string, Body>;
  readonly #underWay = new Map<string, Promise<Body>>();
  readonly #shared: boolean;

  /**
   * @param shared whether requests may wait for each other's work; false where the platform forbids it, and an encoding
   * may be made twice
   */
  constructor(maxBytes: number, shared = true) {
    this.#shared = shared;
    this.#ready = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (body, id) => body.bytes.byteLength + id.length * 2,
    });
  }

  /** @param encoding the best that the client accepts; small bodies stay as they are */
  get(id: string, encoding: Encoding): (Body & { encoding: Encoding }) | undefined {
    const plain = this.#ready.get(`${id}:identity`);
    if (encoding === 'identity' || (plain && plain.bytes.byteLength < MIN_ENCODED_BYTES)) {
      return plain && { ...plain, encoding: 'identity' };
    }
    const body = this.#ready.get(`${id}:${encoding}`);
    return body && { ...body, encoding };
  }

  async make(id: string, encoding: Encoding, text: () => string): Promise<Body & { encoding: Encoding }> {
    const plain = this.#ready.get(`${id}:identity`) ?? this.#keep(`${id}:identity`, Buffer.from(text()));
    if (encoding === 'identity' || plain.bytes.byteLength < MIN_ENCODED_BYTES)
      return { ...plain, encoding: 'identity' };
    const encodedId = `${id}:${encoding}`;
    let encoded = this.#shared ? this.#underWay.get(encodedId) : undefined;
    if (!encoded) {
      encoded = encoders[encoding](plain.bytes)
        .then((bytes) => this.#keep(encodedId, bytes))
        .finally(() => this.#underWay.delete(encodedId));
      if (this.#shared) this.#underWay.set(encodedId, encoded);
    }
    return { ...(await encoded), encoding };
  }

  #keep(id: string, bytes: Buffer): Body {
    const body = {
      bytes: new Uint8Array(bytes),
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
    };
    this.#ready.set(id, body);
    return body;
  }
}
