import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { Problem } from './problem.ts';

/** Lets a request pass that bears one of `tokens` (Authorization: Bearer). Compared in constant time. */
export function requireToken(...tokens: (string | undefined)[]): MiddlewareHandler {
  const accepted = tokens.filter((token) => token !== undefined);
  return async (c, next) => {
    const [scheme, given] = (c.req.header('Authorization') ?? '').split(' ', 2);
    const bearer = scheme?.toLowerCase() === 'bearer' ? given : undefined;
    let allowed = false;
    for (const token of accepted) {
      // No early end: how long it takes says nothing about which token it was nearly.
      if (bearer !== undefined && (await timingSafeEqual(bearer, token))) allowed = true;
    }
    if (!allowed) {
      const fault = bearer ? 'This token is not one that may do this.' : 'No token was sent.';
      throw new Problem(
        'unauthorized',
        `${fault} Send one of this service as "Authorization: Bearer TOKEN".`,
        {
          headers: { 'WWW-Authenticate': 'Bearer realm="dashboard-stats"' },
        },
      );
    }
    await next();
  };
}
