import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import { serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll();

const send = (body: Uint8Array | string, encoding: string) =>
  service.app.request('/stats/invalidate', {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${ADMIN_TOKEN}`,
      'Content-Type': 'application/json',
      'Content-Encoding': encoding,
    },
    body: body as Uint8Array<ArrayBuffer>,
  });

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['GZIP', gzipSync],
  ['br', brotliCompressSync],
])('a body that is encoded as %s is inflated', async (encoding, encode) => {
  expect((await send(encode('{"keys":["global"]}'), encoding)).status).toBe(200);
});

test('a small body that inflates to more than 1 MiB is 413', async () => {
  const answer = await send(gzipSync(`{"keys":["${'x'.repeat(3_000_000)}"]}`), 'gzip');
  expect(answer.status).toBe(413);
});

test('a body that is not what it says is 400, and an encoding that is not known 415', async () => {
  const wrong = await send('{"keys":["global"]}', 'gzip');
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('not valid gzip')]);
  const half = await send(gzipSync('{"keys":["global"]}').subarray(0, 20), 'gzip');
  expect(half.status).toBe(400);
  const unknown = await send('x', 'zstd');
  expect([unknown.status, await unknown.text()]).toEqual([415, expect.stringContaining('gzip, deflate, br')]);
});

test('a POST without a body says nothing wrong with its type', async () => {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' };
  const answer = await service.app.request('/jobs/audit/run', { method: 'POST', headers });
  expect(answer.status).toBe(200);
});
