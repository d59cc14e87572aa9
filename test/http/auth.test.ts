import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { accessRules } from '../../src/http/auth.ts';
import { errorHandler } from '../../src/http/problem.ts';
import { stateOf } from '../../src/http/request-state.ts';
import { JWT_SECRET, NO_TOKENS, signJwt } from '../support/service/no-tokens.ts';
import { observed } from '../support/service/observed.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ADMIN = { name: 'ops', token: 'an-admin-token-for-tests' };
const NEXT = { name: 'admin', token: 'the-admin-token-of-tomorrow' };
const SETTINGS = {
  ...NO_TOKENS,
  EVENTS_TOKEN: 'an-events-token-for-tests',
  METRICS_TOKEN: 'a-metrics-token-for-tests',
  JWT_SECRET,
};
type Access = ReturnType<typeof accessRules>;

async function ask(
  authorization: string | undefined,
  { right = 'administer', admins = [ADMIN, NEXT], settings = SETTINGS, query = '' } = {} as {
    right?: Parameters<Access>[0];
    admins?: (typeof ADMIN)[];
    settings?: Parameters<typeof accessRules>[0];
    query?: string;
  },
) {
  const app = observed(new Hono());
  app.onError(errorHandler(silentLog));
  const access = accessRules(settings, admins, { log: silentLog });
  app.get('/', access(right, { inQuery: query !== '' }), (c) => c.text(stateOf(c).caller ?? ''));
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return app.request(`/${query}`, { headers });
}

const jwt = (role: string) => signJwt({ sub: 'somchai', role });

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
  const answer = await ask(authorization);
  expect(answer.status).toBe(status);
  const scheme = status === 401 ? 'Bearer realm="dashboard-stats"' : null;
  expect(answer.headers.get('WWW-Authenticate')).toBe(scheme);
});

test('the name of the token, or the subject of the JWT, is the caller', async () => {
  expect(await (await ask(`Bearer ${ADMIN.token}`)).text()).toBe('ops');
  expect(await (await ask(`Bearer ${await jwt('Admin')}`)).text()).toBe('somchai');
});

test('a refusal says whether the token is missing or wrong', async () => {
  expect(await (await ask(undefined)).text()).toContain('No token was sent.');
  expect(await (await ask('Bearer x')).text()).toContain('This token is not');
});

/** Who may do what. */
test.each([
  ['administer', [200, 403, 403, 200, 403]],
  ['report', [200, 200, 403, 200, 403]],
  ['observe', [200, 403, 200, 200, 403]],
  ['read', [200, 403, 403, 200, 200]],
] as const)('to %s takes the right tokens, and others that are known get 403', async (right, expected) => {
  const { EVENTS_TOKEN, METRICS_TOKEN } = SETTINGS;
  const senders = [ADMIN.token, EVENTS_TOKEN, METRICS_TOKEN, await jwt('Manager'), await jwt('Viewer')];
  const statuses = senders.map(async (token) => (await ask(`Bearer ${token}`, { right })).status);
  expect(await Promise.all(statuses)).toEqual(expected);
});

test('nobody administers where neither a token nor a JWT is configured, and the answer says so', async () => {
  const settings = { ...SETTINGS, JWT_SECRET: undefined };
  for (const authorization of [undefined, 'Bearer undefined', `Bearer ${SETTINGS.EVENTS_TOKEN}`]) {
    const answer = await ask(authorization, { admins: [], settings });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('There is no administrator here.');
  }
});

test('a token in the address counts only where it is allowed', async () => {
  const query = `?access_token=${ADMIN.token}`;
  expect((await ask(undefined, { right: 'read', query })).status).toBe(200);
  expect((await ask('Bearer wrong', { right: 'read', query })).status).toBe(401);
});
