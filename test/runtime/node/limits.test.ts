import type { Context } from 'hono';
import { expect, test } from 'vitest';
import { addressOf } from '../../../src/runtime/node/limits.ts';

/** What getConnInfo reads. */
const request = (forwarded: string | undefined) =>
  ({
    req: { header: () => forwarded },
    env: { incoming: { socket: { remoteAddress: '10.0.0.1', remotePort: 1, remoteFamily: 'IPv4' } } },
  }) as unknown as Context;

test.each([
  [0, '1.1.1.1', '10.0.0.1'],
  [1, '1.1.1.1', '1.1.1.1'],
  [1, '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  [2, '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
  [2, undefined, '10.0.0.1'],
])('behind %i proxies, X-Forwarded-For: %s is a call of %s', (hops, forwarded, address) => {
  expect(addressOf(hops)(request(forwarded))).toBe(address);
});
