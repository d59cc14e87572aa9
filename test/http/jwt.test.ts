import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test, vi } from 'vitest';
import { jwtVerifier, NOT_OURS } from '../../src/http/jwt.ts';
import { serveForTest } from '../support/servers/http.ts';
import { inSeconds, NO_TOKENS, JWT_SECRET as SECRET, signJwt as sign } from '../support/service/no-tokens.ts';

const ROLE_URI = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
test.each([
  ['an admin by role', { sub: 'somchai', role: 'Admin' }, { name: 'somchai', isAdmin: true }],
  ['a manager among roles', { sub: 'malee', roles: ['User', 'Manager'] }, { name: 'malee', isAdmin: true }],
  ["an admin by ASP.NET's claim", { sub: 'x', [ROLE_URI]: 'Admin' }, { name: 'x', isAdmin: true }],
  [
    'an admin whose name has characters that cannot be seen or stored',
    { sub: 'a\0b\n\u202Ec', role: 'Admin' },
    { name: 'a?b??c', isAdmin: true },
  ],
  [
    'until when it is accepted',
    { exp: 4_000_000_000 },
    { name: 'unnamed', isAdmin: false, until: 4_000_000_060_000 },
  ],
  ['a user without such a role', { sub: 'x', role: 'Viewer' }, { name: 'x', isAdmin: false }],
  ['a role that only contains the word', { sub: 'x', role: 'NotAdmin' }, { name: 'x', isAdmin: false }],
  [
    'a token that expired half a minute ago',
    { sub: 'x', exp: inSeconds(-30) },
    { name: 'x', isAdmin: false },
  ],
  [
    'a token that expired two minutes ago',
    { exp: inSeconds(-120) },
    { reason: 'The token has expired.', isGenuine: true },
  ],
  [
    'a token that never expires',
    { exp: undefined },
    { reason: 'The token lacks the claim exp.', isGenuine: true },
  ],
  ['a token of later', { nbf: inSeconds(120) }, { reason: 'The token is not valid yet.', isGenuine: true }],
  [
    'a token for another audience',
    { aud: 'other', iss: 'https://id.example' },
    { reason: "The token's claim aud is not accepted.", isGenuine: true },
  ],
  [
    'a token of another issuer',
    { aud: 'stats', iss: 'https://evil.example' },
    { reason: "The token's claim iss is not accepted.", isGenuine: true },
  ],
])('%s', async (_, claims: Record<string, unknown>, expected) => {
  const named = 'aud' in claims;
  const verify = jwtVerifier({
    ...NO_TOKENS,
    JWT_SECRET: SECRET,
    JWT_AUDIENCE: named ? 'stats' : undefined,
    JWT_ISSUER: named ? 'https://id.example' : undefined,
  });
  expect(await verify?.(await sign(claims))).toMatchObject(expected);
});

test.each([
  ['another secret', () => sign({}, 'another-secret-that-is-just-as-long!')],
  ['no token', () => 'a.b.c'],
  ['no algorithm', () => `${btoa('{"alg":"none"}')}.${btoa('{"role":"Admin"}')}.`],
])('a token that has %s is none of this service', async (_, token) => {
  const verify = jwtVerifier({ ...NO_TOKENS, JWT_SECRET: SECRET });
  expect(await verify?.(await token())).toEqual(NOT_OURS);
});

/** An identity provider; `rotate` replaces its key. */
async function startProvider() {
  let key = await newKey('first');
  let broken = false;
  const { base } = await serveForTest((_, answer) => {
    answer.statusCode = broken ? 500 : 200;
    answer.end(JSON.stringify({ keys: [key.jwk] }));
  });
  return {
    url: `${base}/keys`,
    get key() {
      return key;
    },
    rotate: async () => {
      key = await newKey('second');
    },
    breakDown: () => {
      broken = true;
    },
  };
}

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
  const token = await new SignJWT({ sub: kid, role: 'Admin' })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setExpirationTime('10m')
    .sign(privateKey);
  return { jwk, token };
}

test('the signature of a token is checked once in a minute, and the token is refused when it has expired', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const verify = jwtVerifier({ ...NO_TOKENS, JWT_SECRET: SECRET });
  const token = await sign({ sub: 'x', exp: inSeconds(70) });
  const checks = vi.spyOn(crypto.subtle, 'verify');
  onTestFinished(() => checks.mockRestore());
  for (let i = 0; i < 3; i++) expect(await verify?.(token)).toMatchObject({ name: 'x' });
  expect(checks).toHaveBeenCalledTimes(1);
  expect(await verify?.(await sign({ sub: 'y' }))).toMatchObject({ name: 'y' });
  expect(checks).toHaveBeenCalledTimes(2);
  vi.setSystemTime(Date.now() + 60_000);
  for (let i = 0; i < 3; i++) expect(await verify?.(token)).toMatchObject({ name: 'x' });
  expect(checks).toHaveBeenCalledTimes(3);
  // It ends after 130 s, as clocks may differ by 60.
  vi.setSystemTime(Date.now() + 60_000);
  expect(await verify?.(token)).toMatchObject({ name: 'x' });
  vi.setSystemTime(Date.now() + 10_000);
  expect(await verify?.(token)).toEqual({ reason: 'The token has expired.', isGenuine: true });
});

test("a provider's keys are fetched once, and are used while it is away", async () => {
  const provider = await startProvider();
  const verify = jwtVerifier({ ...NO_TOKENS, JWKS_URL: provider.url });
  expect(await verify?.(provider.key.token)).toMatchObject({ name: 'first', isAdmin: true });
  provider.breakDown();
  expect(await verify?.(provider.key.token)).toMatchObject({ name: 'first', isAdmin: true });
});

test('a provider that was never reached gives a 503, and no token is accepted', async () => {
  const provider = await startProvider();
  provider.breakDown();
  const verify = jwtVerifier({ ...NO_TOKENS, JWKS_URL: provider.url });
  await expect(verify?.(provider.key.token)).rejects.toMatchObject({ code: 'keys-unavailable' });
});

test('a key that the provider does not have is refused', async () => {
  const provider = await startProvider();
  const verify = jwtVerifier({ ...NO_TOKENS, JWKS_URL: provider.url });
  const { token } = await newKey('foreign');
  expect(await verify?.(token)).toEqual(NOT_OURS);
});

test('a token that is signed with the public key as a secret is refused', async () => {
  const provider = await startProvider();
  const verify = jwtVerifier({ ...NO_TOKENS, JWKS_URL: provider.url });
  expect(await verify?.(await sign({ role: 'Admin' }, JSON.stringify(provider.key.jwk)))).toEqual(NOT_OURS);
});

test('a secret and a key set can be there at once', async () => {
  const provider = await startProvider();
  const verify = jwtVerifier({ ...NO_TOKENS, JWT_SECRET: SECRET, JWKS_URL: provider.url });
  expect(await verify?.(await sign({ sub: 'by-secret' }))).toMatchObject({ name: 'by-secret' });
  expect(await verify?.(provider.key.token)).toMatchObject({ name: 'first' });
});

test('a new key of the provider is fetched when the first token comes that it has signed', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const provider = await startProvider();
  const verify = jwtVerifier({ ...NO_TOKENS, JWKS_URL: provider.url });
  expect(await verify?.(provider.key.token)).toMatchObject({ name: 'first' });
  await provider.rotate();
  vi.setSystemTime(Date.now() + 31_000);
  expect(await verify?.(provider.key.token)).toMatchObject({ name: 'second' });
});
