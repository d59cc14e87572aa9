import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { Bodies } from '../../src/http/bodies.ts';

const LONG = JSON.stringify({ text: 'x'.repeat(4_000) });
const SHORT = '{"a":1}';
const MIB = 2 ** 20;

describe('a body', () => {
  test.each([
    ['identity', (bytes: Uint8Array) => Buffer.from(bytes)],
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const)('of encoding %s holds the text', async (encoding, decode) => {
    const body = await new Bodies(MIB).make('id', encoding, () => LONG);
    expect(body.encoding).toBe(encoding);
    expect(decode(body.bytes).toString()).toBe(LONG);
  });

  test('that is short is sent as it is, whatever the client accepts', async () => {
    const bodies = new Bodies(MIB);
    expect((await bodies.make('id', 'br', () => SHORT)).encoding).toBe('identity');
    expect(bodies.get('id', 'br')?.encoding).toBe('identity');
  });

  test('has a validator of its own for each encoding, and the same one for the same bytes', async () => {
    const tags = await Promise.all(
      (['identity', 'gzip', 'br'] as const).map(
        async (encoding) => (await new Bodies(MIB).make('id', encoding, () => LONG)).etag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
    expect((await new Bodies(MIB).make('another id', 'br', () => LONG)).etag).toBe(tags[2]);
  });

  test('is made once for many who ask at the same time', async () => {
    const bodies = new Bodies(MIB);
    const text = vi.fn(() => LONG);
    const made = await Promise.all(Array.from({ length: 5 }, () => bodies.make('id', 'gzip', text)));
    expect(text).toHaveBeenCalledTimes(1);
    expect(new Set(made.map(({ bytes }) => bytes)).size).toBe(1);
    expect(bodies.get('id', 'gzip')?.bytes).toBe(made[0]?.bytes);
  });

  test('is encoded by each caller where requests may not wait for each other', async () => {
    const bodies = new Bodies(MIB, false);
    const made = await Promise.all(Array.from({ length: 2 }, () => bodies.make('id', 'gzip', () => LONG)));
    expect(made[0]?.bytes).not.toBe(made[1]?.bytes);
  });

  test('is dropped when newer ones need its space', async () => {
    const bodies = new Bodies(10_000);
    for (const id of ['a', 'b', 'c']) await bodies.make(id, 'identity', () => LONG);
    expect(bodies.get('a', 'identity')).toBeUndefined();
    expect(bodies.get('c', 'identity')).toBeDefined();
  });
});
