import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { Bodies } from '../../src/http/bodies.ts';

const LONG = JSON.stringify({ text: 'x'.repeat(4_000) });
const long = () => LONG;
const MIB = 2 ** 20;

describe('a body', () => {
  test.each([
    ['identity', (bytes: Uint8Array) => Buffer.from(bytes)],
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const)('of encoding %s holds the text', async (encoding, decode) => {
    const body = await new Bodies(MIB).get('id', encoding, long);
    expect(body.encoding).toBe(encoding);
    expect(decode(body.bytes).toString()).toBe(LONG);
  });

  test('that is short is sent as it is, whatever the client accepts', async () => {
    expect((await new Bodies(MIB).get('id', 'br', () => '{"a":1}')).encoding).toBe('identity');
  });

  test('has a validator of its own for each encoding, and the same one for the same bytes', async () => {
    const tagOf = async (id: string, encoding: 'identity' | 'gzip' | 'br') =>
      (await new Bodies(MIB).get(id, encoding, long)).etag;
    const tags = [await tagOf('id', 'identity'), await tagOf('id', 'gzip'), await tagOf('id', 'br')];
    expect(new Set(tags).size).toBe(3);
    expect(await tagOf('another id', 'br')).toBe(tags[2]);
  });

  test('is made once for many who ask at the same time and later', async () => {
    const bodies = new Bodies(MIB);
    const text = vi.fn(long);
    const made = await Promise.all(Array.from({ length: 5 }, () => bodies.get('id', 'gzip', text)));
    expect(new Set([...made, await bodies.get('id', 'gzip', text)]).size).toBe(1);
    expect(text).toHaveBeenCalledTimes(1);
  });

  test('is encoded by each caller where requests may not wait for each other', async () => {
    const bodies = new Bodies(MIB, false);
    const made = await Promise.all([1, 2].map(() => bodies.get('id', 'gzip', long)));
    expect(made[0]?.bytes).not.toBe(made[1]?.bytes);
  });

  test('is dropped when newer ones need its space', async () => {
    const bodies = new Bodies(10_000);
    const text = vi.fn(long);
    for (const id of ['a', 'b', 'c', 'c', 'a']) await bodies.get(id, 'identity', text);
    expect(text).toHaveBeenCalledTimes(4);
  });
});
