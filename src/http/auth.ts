/** Who may do what: tokens of the settings, and JSON Web Tokens of the application or of an identity provider. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { AdminToken, Config } from '../config.ts';
import type { Log } from '../log.ts';
import { jwtVerifier, NOT_OURS, type RefusedToken } from './jwt.ts';
import { countCall, countFailure, type Limits, requireFewFailures } from './limits.ts';
import { Problem } from './problem.ts';
import { stateOf } from './request-state.ts';

type Right = 'administer' | 'report' | 'observe' | 'read';
const NEEDED: Readonly<Record<Right, string>> = {
  administer: 'an ADMIN_TOKEN, or a JWT with the role Admin or Manager',
  report: 'the EVENTS_TOKEN, or what an administrator has',
  observe: 'the METRICS_TOKEN, or what an administrator has',
  read: 'a JWT, or what an administrator has',
};

/** What costs the database something each time; RATE_LIMIT_PER_MINUTE. */
const LIMITED: readonly Right[] = ['administer', 'report'];

interface Caller {
  name: string;
  /** An administrator has all of them. */
  rights: 'all' | readonly Right[];
  /** When the token ends, in ms since 1970; undefined for one of the settings. */
  until?: number;
}

/** Whoever sends none guesses none. */
const NO_TOKEN: RefusedToken = { reason: 'No token was sent.', isGenuine: true };
const NO_BEARER: RefusedToken = {
  reason: 'The header Authorization holds no bearer token.',
  isGenuine: true,
};
const SCHEME = { 'WWW-Authenticate': 'Bearer realm="dashboard-stats"' };
const ADVICE = 'Send one of this service as "Authorization: Bearer TOKEN".';

type AuthConfig = Pick<
  Config,
  'EVENTS_TOKEN' | 'METRICS_TOKEN' | 'JWT_SECRET' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'
>;

interface AccessOptions {
  log: Log;
  /** Default: none. */
  limits?: Limits;
  /** Default: no address is known. */
  addressOf?: (c: Context) => string | undefined;
}

/**
 * Makes the middleware that lets those pass who have a right, and keeps their name as `caller`.
 *
 * 401 for whom we do not know, 403 for whom we know and who may not.
 *
 * @param adminTokens none: only a JWT makes an administrator
 */
export function accessRules(
  config: AuthConfig,
  adminTokens: readonly AdminToken[],
  { log, limits, addressOf }: AccessOptions,
) {
  const { EVENTS_TOKEN, METRICS_TOKEN } = config;
  const tokens = [
    ...adminTokens.map((admin) => ({ ...admin, rights: 'all' as const })),
    ...(EVENTS_TOKEN ? [{ name: 'events', token: EVENTS_TOKEN, rights: ['report'] as const }] : []),
    ...(METRICS_TOKEN ? [{ name: 'metrics', token: METRICS_TOKEN, rights: ['observe'] as const }] : []),
  ].map(({ token, ...caller }) => ({ ...caller, digest: digestOf(token) }));
  const verify = jwtVerifier(config);

  /** @returns the caller, or why nobody is known by that token */
  const identify = async (bearer: string): Promise<Caller | RefusedToken> => {
    const digest = digestOf(bearer);
    const known = tokens.find((caller) => timingSafeEqual(caller.digest, digest));
    if (known) return known;
    const verified = (await verify?.(bearer)) ?? NOT_OURS;
    if ('reason' in verified) return verified;
    const { name, isAdmin, until } = verified;
    return { name, rights: isAdmin ? 'all' : ['read'], until };
  };

  /** @param inQuery also take the token from `access_token`, for clients that can send no headers (EventSource) */
  return function require(right: Right, { inQuery = false } = {}): MiddlewareHandler {
    const possible = verify !== undefined || tokens.some((caller) => may(caller, right));
    return async (c, next) => {
      if (!possible)
        throw new Problem(
          'forbidden',
          'There is no administrator here. Set ADMIN_TOKEN or JWT_SECRET, and start the service again.',
        );
      const sent = c.req.header('Authorization');
      const bearer =
        /^bearer +(\S+) *$/i.exec(sent ?? '')?.[1] ?? (inQuery ? c.req.query('access_token') : undefined);
      const client = addressOf?.(c);
      const state = stateOf(c);
      state.address = client;
      const address = client ?? '';
      if (bearer !== undefined) await requireFewFailures(limits, address);
      const caller = bearer === undefined ? (sent ? NO_BEARER : NO_TOKEN) : await identify(bearer);
      if ('reason' in caller) {
        if (!caller.isGenuine) await countFailure(limits, address, log);
        throw new Problem('unauthorized', `${caller.reason} ${ADVICE}`, { headers: SCHEME });
      }
      // Before anything is refused: the log says who it was.
      state.caller = caller.name;
      state.callerUntil = caller.until;
      if (!may(caller, right)) throw new Problem('forbidden', `This takes ${NEEDED[right]}.`);
      if (LIMITED.includes(right)) await countCall(c, limits, caller.name);
      await next();
    };
  };
}

/** How long it takes to compare two says nothing about which token it was nearly. */
const digestOf = (token: string) => createHash('sha256').update(token).digest();

const may = ({ rights }: Caller, right: Right) => rights === 'all' || rights.includes(right);
