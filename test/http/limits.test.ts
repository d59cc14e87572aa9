import { Hono } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, test, vi } from 'vitest';
import { accessRules } from '../../src/http/auth.ts';
import { errorHandler } from '../../src/http/problem.ts';
import { inSeconds, JWT_SECRET, NO_TOKENS, signJwt } from '../support/service/no-tokens.ts';
import { observed } from '../support/service/observed.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ADMINS = [
  { name: 'ops', token: 'an-admin-token-for-tests' },
  { name: 'night', token: 'another-admin-token-here' },
];
const SETTINGS = { ...NO_TOKENS, JWT_SECRET };

function site({ calls = 100, failures = 100 }) {
  const app = observed(new Hono());
  app.onError(errorHandler(silentLog));
  const warn = vi.fn();
  const access = accessRules(SETTINGS, ADMINS, {
    log: { ...silentLog, warn },
    limits: {
      calls: new RateLimiterMemory({ points: calls, duration: 60 }),
      failures: new RateLimiterMemory({ points: failures, duration: 60 }),
    },
    addressOf: (c) => c.req.header('From'),
  });
  app.get('/', access('administer'), (c) => c.text('in'));
  const ask = (token: string, address = 'a') =>
    app.request('/', { headers: { Authorization: `Bearer ${token}`, From: address } });
  return Object.assign(ask, { warn });
}

test('a caller that calls too often is refused for the rest of the minute, and others are not', async () => {
  const ask = site({ calls: 2 });
  const first = await ask('an-admin-token-for-tests');
  expect(first.headers.get('RateLimit')).toMatch(/^"calls";r=1;t=60$/);
  expect((await ask('an-admin-token-for-tests')).status).toBe(200);
  const refused = await ask('an-admin-token-for-tests');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(50);
  expect((await ask('another-admin-token-here')).status).toBe(200);
});

test('an address that sends wrong tokens is refused for the rest of the minute, which is logged once; others are not', async () => {
  const ask = site({ failures: 3 });
  for (let i = 0; i < 3; i++) expect((await ask('a-wrong-token-of-somebody')).status).toBe(401);
  const refused = await ask('an-admin-token-for-tests');
  expect([refused.status, refused.headers.has('Retry-After')]).toEqual([429, true]);
  expect(ask.warn).toHaveBeenCalledExactlyOnceWith({ address: 'a' }, expect.any(String));
  expect((await ask('an-admin-token-for-tests', 'b')).status).toBe(200);
});

test('a genuine token that has expired does not count as a wrong one, however often it comes', async () => {
  const ask = site({ failures: 3 });
  const expired = await signJwt({ role: 'Admin', exp: inSeconds(-600) });
  for (let i = 0; i < 5; i++) expect((await ask(expired)).status).toBe(401);
  expect((await ask('an-admin-token-for-tests')).status).toBe(200);
});
