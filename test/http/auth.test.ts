import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { requireToken } from '../../src/http/auth.ts';
import { errorHandler } from '../../src/http/problem.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ADMIN = 'an-admin-token-for-tests';
const EVENTS = 'an-events-token-for-tests';

async function ask(authorization: string | undefined, ...tokens: (string | undefined)[]) {
  const app = new Hono();
  app.onError(errorHandler(silentLog));
  app.get('/', requireToken(...tokens), (c) => c.text('in'));
  return app.request('/', { headers: authorization === undefined ? {} : { Authorization: authorization } });
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
])('the answer is %i for %s, and a refusal names the scheme to use', async (status, _, authorization) => {
  const answer = await ask(authorization, ADMIN, EVENTS);
  expect(answer.status).toBe(status);
  const scheme = status === 401 ? 'Bearer realm="dashboard-stats"' : null;
  expect(answer.headers.get('WWW-Authenticate')).toBe(scheme);
});

test('a refusal tells a missing token from a wrong one', async () => {
  expect(await (await ask(undefined, ADMIN)).text()).toContain('No token was sent.');
  expect(await (await ask('Bearer x', ADMIN)).text()).toContain('This token is not');
});

test('nobody is let in where no token is configured', async () => {
  expect((await ask('Bearer undefined', undefined)).status).toBe(401);
});
