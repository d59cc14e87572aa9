import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { requireToken } from '../../src/http/auth.ts';
import { errorHandler } from '../../src/http/problem.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ADMIN = 'an-admin-token-for-tests';
const EVENTS = 'an-events-token-for-tests';

async function statusOf(authorization: string | undefined, ...tokens: (string | undefined)[]) {
  const app = new Hono();
  app.onError(errorHandler(silentLog));
  app.get('/', requireToken(...tokens), (c) => c.text('in'));
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return (await app.request('/', { headers })).status;
}

test.each([
  [200, 'the token', `Bearer ${ADMIN}`],
  [200, 'the scheme in lower case', `bearer ${ADMIN}`],
  [200, 'the other of two tokens', `Bearer ${EVENTS}`],
  [401, 'no header', undefined],
  [401, 'no token', 'Bearer'],
  [401, 'another scheme', `Basic ${ADMIN}`],
  [401, 'a token that only begins right', `Bearer ${ADMIN.slice(0, -1)}`],
  [401, 'a token that is longer', `Bearer ${ADMIN}x`],
])('the answer is %i for %s', async (status, _, authorization) => {
  expect(await statusOf(authorization, ADMIN, EVENTS)).toBe(status);
});

test('nobody is let in where no token is configured', async () => {
  expect(await statusOf('Bearer undefined', undefined)).toBe(401);
});

test('a refusal names the scheme to use', async () => {
  const app = new Hono();
  app.onError(errorHandler(silentLog));
  app.get('/', requireToken(ADMIN), (c) => c.text('in'));
  const { headers } = await app.request('/');
  expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="dashboard-stats"');
});
