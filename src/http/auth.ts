import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import type { AdminToken } from '../config.ts';
import { Problem } from './problem.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Name of the token that was sent. */
    caller: string;
  }
}

const SCHEME = { 'WWW-Authenticate': 'Bearer realm="dashboard-stats"' };

/**
 * Lets a request pass that bears one of `accepted` (Authorization: Bearer), and keeps its name as `caller`. Compared in
 * constant time.
 *
 * @param refused tokens that this service knows, and that are not enough here
 */
export function requireToken(
  accepted: readonly AdminToken[],
  refused: readonly AdminToken[] = [],
): MiddlewareHandler {
  return async (c, next) => {
    if (accepted.length === 0)
      throw new Problem(
        'forbidden',
        'There is no administrator here. Set ADMIN_TOKEN, and start the service again.',
      );
    const bearer = /^bearer +(\S+) *$/i.exec(c.req.header('Authorization') ?? '')?.[1];
    const caller = await nameOf(bearer, accepted);
    if (caller === undefined) {
      if ((await nameOf(bearer, refused)) !== undefined)
        throw new Problem('forbidden', 'This token is for events only. Send one of ADMIN_TOKEN.');
      const fault = bearer ? 'This token is not one that may do this.' : 'No token was sent.';
      const advice = 'Send one of this service as "Authorization: Bearer TOKEN".';
      throw new Problem('unauthorized', `${fault} ${advice}`, { headers: SCHEME });
    }
    c.set('caller', caller);
    await next();
  };
}

async function nameOf(
  bearer: string | undefined,
  tokens: readonly AdminToken[],
): Promise<string | undefined> {
  let found: string | undefined;
  for (const { name, token } of tokens) {
    // No early end: how long it takes says nothing about which token it was nearly.
    if (bearer !== undefined && (await timingSafeEqual(bearer, token))) found = name;
  }
  return found;
}
