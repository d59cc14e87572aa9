/** JSON Web Tokens (RFC 7519) of the application or of an identity provider: who a caller is, and with which role. */
import type { errors as JoseErrors, JWTPayload, JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config.ts';
import { Problem } from './problem.ts';

interface JwtCaller {
  /** For the trail of admin actions. */
  name: string;
  isAdmin: boolean;
  /** When it is refused, in ms since 1970. */
  until: number;
}

export interface RefusedToken {
  reason: string;
  /** Its signature is right: nobody is guessing. */
  isGenuine: boolean;
}

/** Clocks may differ by so much. */
const SKEW_SECONDS = 60;
/** A key set that cannot be fetched any more is trusted for so long. */
const KEYS_MAX_AGE_MS = 3_600_000;
/** Of key sets: signatures by a private key only, so that nobody can sign with what is public. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** To check a signature takes ten times as long as an answer from memory, and a dashboard sends the same token again and again. */
const KNOWN = { ms: 60_000, characters: 1_000_000 };
const ADMIN_ROLES = ['Admin', 'Manager'];
/** ASP.NET writes claims under these names. */
const IDENTITY = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const ROLE_CLAIMS = ['role', 'roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const NAME_CLAIMS = ['sub', `${IDENTITY}/nameidentifier`, `${IDENTITY}/name`, 'name'];

/** The answer to whatever nobody here has issued. */
export const NOT_OURS: RefusedToken = {
  reason: 'This token is not one of this service.',
  isGenuine: false,
};

type JwtConfig = Pick<Config, 'JWT_SECRET' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>;

type Verify = (token: string) => Promise<JwtCaller | RefusedToken>;

/**
 * @returns who sent a token, or why it is refused; undefined where no JWT is configured
 * @throws Problem 503 where the key set cannot be fetched
 */
export function jwtVerifier(config: JwtConfig): Verify | undefined {
  if (!config.JWT_SECRET && !config.JWKS_URL) return undefined;
  const verify = makeVerifier(config);
  // Whoever sends a token is told.
  verify.catch(() => {});
  return async (token) => (await verify)(token);
}

async function makeVerifier(config: JwtConfig): Promise<Verify> {
  const { JWT_SECRET, JWKS_URL, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config;
  // Most services have no use for the package, which takes some 20 ms of a start.
  const { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } = await import('./jose.ts');
  const secret = JWT_SECRET && new TextEncoder().encode(JWT_SECRET);
  const keys = JWKS_URL && createRemoteJWKSet(new URL(JWKS_URL), { cacheMaxAge: KEYS_MAX_AGE_MS });
  const common = {
    clockTolerance: SKEW_SECONDS,
    requiredClaims: ['exp'],
    ...(issuer ? { issuer } : {}),
    ...(audience ? { audience } : {}),
  };
  // What of a key set's failures is the token's fault, not the provider's.
  const tokensFault = [
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSENotSupported,
    errors.JWSInvalid,
  ];
  const verify = async (token: string) => {
    // The header only chooses among what is configured; the allowlist of that choice decides.
    if (secret && (!keys || decodeProtectedHeader(token).alg === 'HS256'))
      return jwtVerify(token, secret, { ...common, algorithms: ['HS256'] });
    if (!keys) throw new errors.JOSEAlgNotAllowed('No key set is configured.');
    const key: JWTVerifyGetKey = async (header, input) => {
      try {
        return await keys(header, input);
      } catch (error) {
        if (tokensFault.some((fault) => error instanceof fault)) throw error;
        throw new Problem('keys-unavailable', 'The key set of JWKS_URL cannot be fetched.');
      }
    };
    return jwtVerify(token, key, { ...common, algorithms: ALGORITHMS });
  };
  // Not by its own ttl: on Workers the timer behind that ends with a request, and nothing would ever be too old.
  const known = new LRUCache<string, { caller: JwtCaller; knownUntil: number }>({
    maxSize: KNOWN.characters,
    sizeCalculation: (_, token) => token.length,
  });
  return async (token) => {
    const kept = known.get(token);
    if (kept && Date.now() < kept.knownUntil) return kept.caller;
    try {
      const caller = callerOf((await verify(token)).payload);
      known.set(token, { caller, knownUntil: Math.min(caller.until, Date.now() + KNOWN.ms) });
      return caller;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return reasonOf(error, errors);
      throw error;
    }
  };
}

function callerOf(claims: JWTPayload): JwtCaller {
  const roles = ROLE_CLAIMS.flatMap((claim) => claims[claim] ?? []);
  const name = NAME_CLAIMS.map((claim) => claims[claim]).find((value) => typeof value === 'string');
  return {
    name: printable(name ?? 'unnamed'),
    isAdmin: ADMIN_ROLES.some((role) => roles.includes(role)),
    until: (Number(claims.exp) + SKEW_SECONDS) * 1000,
  };
}

/** The trail, the log and the operator's page show it; PostgreSQL stores no NUL. */
const printable = (name: string) => name.replaceAll(/\p{C}/gu, '?');

/** Claims are looked at after the signature. */
function reasonOf(error: Error, errors: typeof JoseErrors): RefusedToken {
  if (error instanceof errors.JWTExpired) return { reason: 'The token has expired.', isGenuine: true };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim } = error;
    if (error.reason === 'missing') return { reason: `The token lacks the claim ${claim}.`, isGenuine: true };
    if (claim === 'nbf') return { reason: 'The token is not valid yet.', isGenuine: true };
    return { reason: `The token's claim ${claim} is not accepted.`, isGenuine: true };
  }
  return NOT_OURS;
}
