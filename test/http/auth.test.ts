import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { requireToken } from '../../src/http/auth.ts';
import { errorHandler } from '../../src/http/problem.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ADMIN = { name: 'ops', token: 'an-admin-token-for-tests' };
const NEXT = { name: 'admin', token: 'the-admin-token-of-tomorrow' };
const EVENTS = { name: 'events', token: 'an-events-token-for-tests' };

async function ask(authorization: string | undefined, ...tokens: Parameters<typeof requireToken>) {
  const app = new Hono();
  app.onError(errorHandler(silentLog));
  app.get('/', requireToken(...tokens), (c) => c.text(c.get('caller')));
  return app.request('/', { headers: authorization === undefined ? {} : { Authorization: authorization } });
}

test.each([
  [200, 'the token', `Bearer ${ADMIN.token}`],
  [200, 'the scheme in lower case', `bearer ${ADMIN.token}`],
  [200, 'blanks around the token', `Bearer   ${ADMIN.token}  `],
  [200, 'the other of two tokens', `Bearer ${NEXT.token}`],
  [401, 'no header', undefined],
  [401, 'no token', 'Bearer'],
  [401, 'another scheme', `Basic ${ADMIN.token}`],
  [401, 'a token that only begins right', `Bearer ${ADMIN.token.slice(0, -1)}`],
  [401, 'a token that is longer', `Bearer ${ADMIN.token}x`],
  [401, 'the name of a token with it', `Bearer ${ADMIN.name}:${ADMIN.token}`],
])('the answer is %i for %s, and a refusal names the scheme to use', async (status, _, authorization) => {
  const answer = await ask(authorization, [ADMIN, NEXT], [EVENTS]);
  expect(answer.status).toBe(status);
  const scheme = status === 401 ? 'Bearer realm="dashboard-stats"' : null;
  expect(answer.headers.get('WWW-Authenticate')).toBe(scheme);
});

test('the name of the token that was sent is the caller', async () => {
  expect(await (await ask(`Bearer ${ADMIN.token}`, [NEXT, ADMIN])).text()).toBe('ops');
});

test('a refusal tells a missing token from a wrong one', async () => {
  expect(await (await ask(undefined, [ADMIN])).text()).toContain('No token was sent.');
  expect(await (await ask('Bearer x', [ADMIN])).text()).toContain('This token is not');
});

test('a token that is known and not enough is 403', async () => {
  expect((await ask(`Bearer ${EVENTS.token}`, [ADMIN], [EVENTS])).status).toBe(403);
});

test('nobody is let in where no token is configured, and the answer says so', async () => {
  for (const authorization of [undefined, 'Bearer undefined', `Bearer ${EVENTS.token}`]) {
    const answer = await ask(authorization, [], [EVENTS]);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('There is no administrator here.');
  }
});
